"""The operations of git's that a checkout can be in the middle of."""

from __future__ import annotations

from git_phc.errors import Refused
from git_phc.git.repo import Repo

UNDER_WAY = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect", "rebase-merge": "a rebase", "rebase-apply": "a rebase",
}  # fmt: skip


def under_way(repo: Repo) -> str | None:
    """The operation of git's that a checkout is in the middle of, in words."""
    found = (what for name, what in UNDER_WAY.items() if (repo.git_dir / name).exists())
    return next(found, None)


def refuse_under_way(repo: Repo) -> None:
    """Raises Refused in the middle of an operation of git's, which names it."""
    if what := under_way(repo):
        raise Refused(
            f"{what} is under way in {repo.worktree}", "End it first, or abort it: git status"
        )
