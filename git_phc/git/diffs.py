"""Differences between trees, counted or shown."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git.repo import Repo


class Count(Struct, frozen=True):
    """How much differs: files, and lines added and removed (none for binary files)."""

    files: int
    added: int
    removed: int


def count(repo: Repo, old: str, new: str) -> Count:
    """Counts what differs between two trees, or commits."""
    words = ("diff-tree", "-r", "--numstat", "-z", "--no-renames", "--no-ext-diff", old, new)
    lines = [line for line in repo.git(*words).out.split(b"\0") if line]
    numbers = [line.split(b"\t", 2)[:2] for line in lines]
    added = sum(int(plus) for plus, _ in numbers if plus.isdigit())
    removed = sum(int(minus) for _, minus in numbers if minus.isdigit())
    return Count(len(lines), added, removed)


def empty_tree(repo: Repo) -> str:
    """The id of the tree without entries, in this repository's format."""
    return repo.text("hash-object", "-t", "tree", "-w", os.devnull)


def tree_of_stash(repo: Repo, stash: str) -> str:
    """One tree of all that a commit in git's stash form holds: tracked files as they are in
    the working tree, and the untracked ones of its third parent.
    """
    found = _trees(repo, stash, f"{stash}^3")
    if not found:
        raise DamagedTask(f"the checkpoint {stash} is missing from this repository")
    return overlay(repo, found[0], found[1]) if len(found) > 1 else found[0]


def count_stash(repo: Repo, base: str, stash: str) -> Count:
    """Counts what `tree_of_stash` has that a tree, or commit, has not; in few git programs where
    nothing was added, and in one where nothing was changed.
    """
    found = _trees(repo, base, stash, f"{stash}^3")
    if len(found) == 2 and found[0] == found[1]:
        return Count(0, 0, 0)
    return count(repo, base, found[1] if len(found) == 2 else tree_of_stash(repo, stash))


def _trees(repo: Repo, *revisions: str) -> list[str]:
    """The trees of these, up to the first that there is none of."""
    words = [f"{revision}^{{tree}}" for revision in revisions]
    asked = repo.git("rev-parse", "-q", "--revs-only", *words, ok=(0, 1, 128))
    return asked.out.decode().split()


def overlay(repo: Repo, tree: str, extra: str) -> str:
    """The tree `tree` with the files of `extra` put over it."""
    repo.private.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="overlay-", dir=repo.private) as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        repo.git("read-tree", tree, env=env)
        lines = repo.git("ls-tree", "-r", "-z", "--full-tree", extra).out
        repo.git("update-index", "-z", "--index-info", input=lines, env=env)
        return repo.git("write-tree", env=env).out.decode().strip()


def show(repo: Repo, old: str, new: str, options: Sequence[str]) -> bytes:
    """The difference between two trees, as git shows it."""
    words = ("diff", "--no-ext-diff", "--no-textconv", *options, old, new, "--")
    return repo.git(*words).out


def commits_between(repo: Repo, old: str, new: str, limit: int = 1000) -> list[str]:
    """The commits that are in `new` and not in `old`, oldest first."""
    words = ("rev-list", "--reverse", f"--max-count={limit}", new, f"^{old}", "--")
    return repo.git(*words).out.decode().split()


def made_here(checkout: Repo, commits: Sequence[str]) -> list[str]:
    """Those of the commits that were made in this checkout, as its HEAD's reflog tells.

    Others came by a pull, a merge or a switch, and are somebody else's. Where there is no
    reflog, all of them count.
    """
    words = ("log", "-g", "-z", "--no-show-signature", f"--max-count={REFLOG}")
    said = checkout.git(*words, "--format=%H %gs", "HEAD", "--", ok=(0, 128)).out
    entries = [os.fsdecode(line).strip("\n").partition(" ") for line in said.split(b"\0") if line]
    made = {commit for commit, _, action in entries if not _CAME.search(action)}
    return [commit for commit in commits if commit in made] if entries else list(commits)


REFLOG = 2000  # moves of HEAD that are looked through
_CAME = re.compile(
    r"^(checkout|switch|reset|clone|branch|Branch)\b|\((start|finish|abort)\)|: Fast-forward$"
)


def ahead_behind(repo: Repo, head: str, base: str) -> tuple[int, int]:
    """How many commits `head` has that `base` has not, and the other way round."""
    words = ("rev-list", "--left-right", "--count", f"{head}...{base}", "--")
    ahead, behind = repo.git(*words).out.split()
    return int(ahead), int(behind)
