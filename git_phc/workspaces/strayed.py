"""A worktree that lost its tie to the repository: moved by hand, or its `.git` file damaged.

It holds work that nothing else has, so nothing is made in its place and nothing is ended as if
it were not there: the user is told the command that ties it again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from git_phc.errors import Conflict, Refused
from git_phc.git.repo import Repo
from git_phc.git.worktrees import linked_to
from git_phc.host.paths import read_text
from git_phc.model.task import Task
from git_phc.store import layout


def refuse_strayed(repo: Repo, task: Task, path: Path) -> None:
    """Raises where the task's worktree is not at `path` but elsewhere, or something else is."""
    tied = _admin_folders(repo, task)
    if moved := next(_elsewhere(repo, tied, path), None):
        raise Refused(
            f"the worktree of {task.id.short} was moved to {moved}",
            f"Tell git: git worktree repair {shlex.quote(str(moved))}",
        )
    if not path.is_dir() or not any(path.iterdir()):
        return
    if tied and not path.is_symlink():
        raise Refused(f"the .git file of {path} is missing or damaged", _repair(path))
    raise Conflict(
        f"{path}, where this task has its worktree, is none of this repository",
        f"Move it away: mv {shlex.quote(str(path))} {shlex.quote(f'{path}.old')}; "
        f"then: git phc resume {task.id.short}",
    )


def _repair(path: Path) -> str:
    own = shlex.quote(str(path / ".git"))
    away = f"mv {own} {own}.old && " if (path / ".git").is_dir() else ""
    return f"Mend it: {away}git worktree repair"


def _admin_folders(repo: Repo, task: Task) -> list[Path]:
    name = layout.checkout_mark(Path()).name
    marks = sorted((repo.common_dir / "worktrees").glob(f"*/{name}"))
    return [mark.parent for mark in marks if read_text(mark) == task.id]


def _elsewhere(repo: Repo, tied: list[Path], path: Path) -> Iterator[Path]:
    """Folders that say they are the worktree: the one we stand in, and those beside its place."""
    beside = sorted(path.parent.glob("*/.git"))
    here = [repo.worktree / ".git"] if repo.worktree else []
    for file in (*here, *beside):
        if file.parent != path and file.is_file() and linked_to(file.parent) in tied:
            yield file.parent
