"""How much refs hold, and how it is packed."""

from __future__ import annotations

import os
from collections.abc import Sequence

from git_phc.git.refs import list_refs
from git_phc.git.repo import Repo


def size_of(repo: Repo, refs: Sequence[str]) -> int:
    """Bytes on disk that only these refs hold, and no other ref of the repository."""
    others = [name for name, _ in list_refs(repo) if name not in set(refs)]
    lines = "".join(f"{name}\n" for name in [*refs, *(f"^{other}" for other in others)])
    words = ("rev-list", "--objects", "--disk-usage", "--ignore-missing", "--stdin")
    return int(repo.git(*words, input=os.fsencode(lines)).out) if refs else 0


def pack_refs(repo: Repo) -> None:
    """Puts all refs into one file; git reads thousands of them at once from there."""
    repo.git("pack-refs", "--all", "--prune")


def pack_objects(repo: Repo) -> None:
    """Packs loose objects. Drops none, not even those that nothing names."""
    repo.git("gc", "--quiet", "--no-prune")


def size_of_commits(repo: Repo, commits: Sequence[str]) -> list[int]:
    """For each commit the bytes on disk that it holds and none of those before it does.

    What the branches of the repository hold anyway is not counted.
    """
    found = []
    for at, commit in enumerate(commits):
        before = [f"^{commits[at - 1]}"] if at else []
        words = ("rev-list", "--objects", "--disk-usage", "--ignore-missing")
        found.append(int(repo.git(*words, commit, *before, "--not", "--branches").out))
    return found
