"""Merges of trees and commits, worked out in memory: no file, index or ref is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from msgspec import Struct

from git_phc.errors import GitFailed, Refused
from git_phc.git.diffs import empty_tree
from git_phc.git.encoding import Signature, encode_commit
from git_phc.git.repo import Repo

NOBODY = Signature("git-phc", "git-phc", 0)  # of commits that no ref ever names


class Clash(Struct, frozen=True):
    """One conflict: the files that it is about, and git's word for its kind."""

    paths: tuple[str, ...]
    kind: str


class Merged(Struct, frozen=True):
    """The tree that a merge gives; not to be used where there are clashes."""

    tree: str
    clashes: tuple[Clash, ...] = ()


def merge_commits(repo: Repo, ours: str, theirs: str) -> Merged:
    """What `git merge` would make of two commits. Raises Refused for unrelated ones."""
    words = ("merge-tree", "--write-tree", "-z", "--name-only", ours, theirs)
    try:
        done = repo.git(*words, ok=(0, 1))
    except GitFailed as error:
        if "unrelated histories" not in error.stderr:
            raise
        raise Refused(
            "the two have no commit in common, so there is nothing to merge by",
            f"Look: git log --oneline {ours[:12]} {theirs[:12]}",
        ) from error
    tree, _, rest = done.out.partition(b"\0")
    return Merged(tree.decode(), () if done.ok else tuple(_clashes(rest, (ours, theirs))))


def _clashes(rest: bytes, sides: tuple[str, str]) -> Iterator[Clash]:
    """From names, an empty field, and then each message: how many paths, they, kind, text."""
    names, _, messages = rest.partition(b"\0\0")
    told: set[str] = set()
    fields = iter(messages.split(b"\0"))
    for number in fields:
        if not number.isdigit():
            break
        paths = [_plain(next(fields), sides) for _ in range(int(number))]
        kind = next(fields).decode(errors="replace")
        next(fields)
        if kind.startswith("CONFLICT"):
            told.update(paths)
            yield Clash(tuple(dict.fromkeys(paths)), kind.removeprefix("CONFLICT ").strip("()"))
    for name in (_plain(field, sides) for field in names.split(b"\0")):
        if name and name not in told:
            yield Clash((name,), "contents")


def _plain(field: bytes, sides: tuple[str, str]) -> str:
    """A path without what git adds to it where both sides need the name: `a~<commit>`."""
    name, tilde, side = os.fsdecode(field).rpartition("~")
    return name if tilde and side in sides else os.fsdecode(field)


def merge_trees(repo: Repo, base: str, ours: str, theirs: str) -> Merged:
    """The three-way merge of two trees against a third: what a cherry-pick makes of them."""
    root = scratch_commit(repo, base, [])
    sides = [scratch_commit(repo, tree, [root]) for tree in (ours, theirs)]
    return merge_commits(repo, *sides)


def scratch_commit(repo: Repo, tree: str, parents: Sequence[str]) -> str:
    """A commit to work with, which no ref shall name."""
    data = encode_commit(tree, parents, NOBODY, NOBODY, "scratch")
    return repo.git("hash-object", "-w", "-t", "commit", "--stdin", input=data).out.decode().strip()


def tree_of(repo: Repo, commit: str | None) -> str:
    """The tree of a commit, or the empty one of none."""
    return repo.text("rev-parse", f"{commit}^{{tree}}") if commit else empty_tree(repo)
