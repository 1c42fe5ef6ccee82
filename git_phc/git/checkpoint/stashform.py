"""Commits in the form that `git stash` makes, so that plain git can take a checkpoint back."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.encoding import COMMIT, Signature, encode_commit


class Trees(Struct, frozen=True):
    """The three trees of a checkout: its files, its index, its untracked files."""

    work: str
    index: str
    untracked: str


class Committer:
    """Makes commits by one person at one time; nothing is signed, no hook runs."""

    def __init__(self, shelf: Shelf, who: Signature) -> None:
        self._shelf = shelf
        self._who = who

    def commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        data = encode_commit(tree, parents, self._who, self._who, message)
        return self._shelf.put(COMMIT, data)

    def stash(self, head: str, trees: Trees, message: str, *, untracked: bool) -> str:
        """What `git stash apply --index` takes."""
        parents = [head, self.commit(trees.index, [head], f"index of {message}")]
        if untracked:
            parents.append(self.commit(trees.untracked, [], f"untracked files of {message}"))
        return self.commit(trees.work, parents, message)

    def keep(self, tree: str | None, commits: Sequence[str]) -> str:
        """A commit that only keeps others, and what is in `tree`, from being pruned."""
        return self.commit(tree or self._shelf.tree({}), commits, "kept for a checkpoint")
