"""What worktrees take on the disk.

A list of tasks must not walk through fifty thousand files: a worktree is measured when a run
in it has ended, by the supervisor, whom nobody waits for any more. `gc` measures them all anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.host.paths import read_text, replace_file
from git_phc.host.sizes import disk_usage
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.workspaces.place import is_checkout_of


class Sized(Struct, frozen=True):
    """A worktree, and the task it is of; None for one that is kept ready."""

    path: Path
    bytes: int
    task: str | None = None


def known_size(ctx: Context, task: TaskId) -> int | None:
    """Bytes that the task's worktree took when it was last measured, None where it never was."""
    text = read_text(layout.size_file(ctx.repo, task)) or ""
    return int(text) if text.isdigit() else None


def measure(ctx: Context, task: TaskId) -> Sized | None:
    """Measures the task's worktree, and remembers it; None where it has none."""
    place = read_text(layout.place_file(ctx.repo, task))
    if (
        not place
        or not (Path(place) / ".git").is_file()
        or not is_checkout_of(ctx.repo, Path(place))
    ):
        return None  # a local task's checkout is the user's
    size = disk_usage(Path(place))
    replace_file(layout.size_file(ctx.repo, task), str(size).encode())
    return Sized(Path(place), size, task)


def measure_all(ctx: Context) -> Sequence[Sized]:
    """Every worktree of a task here, and every one that is kept ready."""
    from git_phc.workspaces.pool import ready_slots  # a list of tasks does without

    places = sorted(layout.place_file(ctx.repo, TaskId("x")).parent.glob("*"))
    found = [measure(ctx, TaskId(file.name)) for file in places if not file.name.startswith(".")]
    ready = [Sized(path, disk_usage(path)) for path in ready_slots(ctx.repo)]
    return [*filter(None, found), *ready]
