"""A shadow: one of our own worktrees, whose folder is a clone that somebody else works in."""

from __future__ import annotations

from pathlib import Path

from git_phc.git.repo import Repo
from git_phc.git.worktrees import place_of
from git_phc.host.paths import read_text, replace_file

MARK = "phc-clone"
"""In the administrative folder: the branch, as a whole ref, that the clone has of ours."""

OTHERS = "refs/worktree/clone/"
"""The refs that were made in the clone, below the shadow's own: a checkpoint carries them, and
no other task's work is in their way.
"""


def mark_shadow(git_dir: Path, branch: str) -> None:
    """Makes a worktree a shadow: from now on its folder is not believed."""
    replace_file(git_dir / MARK, branch.encode(errors="surrogateescape"))


def branch_of(shadow: Repo) -> str:
    """The branch that the clone and our repository share."""
    return read_text(shadow.git_dir / MARK) or ""


def shadow_of(repo: Repo, path: Path) -> Path | None:
    """The administrative folder of the clone at `path`, None where there is none; asks no git."""
    for mark in sorted((repo.common_dir / "worktrees").glob(f"*/{MARK}")):
        if place_of(mark.parent) == path:
            return mark.parent
    return None


def open_shadow(repo: Repo, git_dir: Path) -> Repo:
    """The repository as seen from a clone, by what was taken over of it last."""
    place = place_of(git_dir)
    return Repo(git_dir, repo.common_dir, place, repo.object_format, named=True, foreign=True)
