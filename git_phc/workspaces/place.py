"""What a workspace is to the rest: a folder that can be made ready, put away, brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.repo import Repo
from git_phc.host.paths import read_text
from git_phc.model.task import Task

Say = Callable[[str], None]
"""Tells the user something on the way; one sentence."""


class Site(Struct, frozen=True):
    """Where workspaces of a repository may be, as the user has set it.

    Attributes:
        repo: the repository, seen from where the command was typed.
        folder: the setting `phc.worktreeDir`, or None.
        data: tells the user's folder for data, for where nothing can be written beside the
            repository.
        pool: how many worktrees are kept ready for a next task (`phc.pool`).
        settings: files that the agent reads its own settings for the project from; where git
            ignores them, a new worktree gets links to them.
    """

    repo: Repo
    folder: Path | None
    data: Callable[[], Path]
    pool: int = 0
    settings: tuple[str, ...] = ()


class Workspace(Protocol):
    """One mode's way to give a task a place."""

    def find(self, site: Site, task: Task) -> Path | None:
        """The task's folder on this computer, None where it has none now."""
        ...

    def check(self, site: Site, task: Task) -> None:
        """Raises what `prepare` would raise for sure; changes nothing."""
        ...

    def prepare(self, site: Site, task: Task, say: Say) -> Path:
        """Makes the folder where it is missing: as the last checkpoint has it, else at the base.

        What an earlier call left half made is made anew. Raises Refused when there is no
        place for it, Conflict when something is in its way or its branch has moved.
        """
        ...

    def check_removal(self, site: Site, task: Task) -> None:
        """Raises Refused where `put_away` must not take the folder away."""
        ...

    def put_away(self, site: Site, task: Task) -> Path | None:
        """Takes the folder away, after a checkpoint; the place where it was, or None."""
        ...


def workspace_for(mode: str) -> Workspace:
    """The workspace of a mode; only what that one needs is imported."""
    if mode == "local":
        from git_phc.workspaces.local import Local

        return Local()
    if mode == "worktree":
        from git_phc.workspaces.worktree import InWorktree

        return InWorktree()
    if mode == "cloud":
        from git_phc.workspaces.clone import InClone

        return InClone()
    raise Refused(f"{mode} tasks cannot run in this version", "Use --mode local or --mode worktree")


def main_folder(repo: Repo) -> Path:
    """The folder that a repository is known by: its main checkout, or a bare one itself."""
    common = repo.common_dir
    if common.name == ".git":
        return common.parent
    return common.with_name(common.name.removesuffix(".git"))


def is_checkout_of(repo: Repo, path: Path) -> bool:
    """Whether a folder is a checkout of this very repository, and not of a copy; asks no git."""
    link = path / ".git"
    if link.is_dir():
        return link.samefile(repo.common_dir)
    git_dir = linked_git_dir(path)
    return git_dir is not None and any(
        folder.is_dir() and folder.samefile(repo.common_dir)
        for folder in (git_dir, git_dir.parent.parent)
    )


def linked_git_dir(path: Path) -> Path | None:
    """Where the `.git` of a folder leads, if it is a file that leads somewhere; asks no git."""
    link = path / ".git"
    target = (read_text(link) or "").removeprefix("gitdir: ").strip() if link.is_file() else ""
    return path / target if target else None
