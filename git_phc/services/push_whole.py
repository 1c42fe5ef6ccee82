"""Sends tasks with all that their branches have: also what was committed since the last checkpoint.

A branch itself is never pushed. Its commits go along as parents of checkpoints, so where one has
gone on since, a checkpoint is taken first; see docs/adr/0025.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from git_phc.errors import DamagedTask, PhcError, in_words
from git_phc.git.worktrees import list_worktrees, place_of
from git_phc.host.paths import read_text
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.launch import take_lock
from git_phc.services.outgoing import Agree
from git_phc.services.place import checkout_of
from git_phc.services.push import Sent, go_along, push
from git_phc.store import layout
from git_phc.store.sync import Seen, look
from git_phc.store.tasks import list_tasks, read_task


def push_whole(
    ctx: Context,
    remote: str,
    names: Sequence[str] = (),
    now: Seen | None = None,
    agree: Agree | None = None,
) -> list[Sent]:
    """As `push`. What could not be kept is told beside what was sent of the same task."""
    behind = list(_behind(ctx, remote, names))
    whys = {task.id: why for task in behind if (why := _keep(ctx, task))}
    sent = push(ctx, remote, names, None if behind else now, agree)
    return [*sent, *(Sent(name, "withheld", why) for name, why in whys.items())]


def _behind(ctx: Context, remote: str, names: Sequence[str]) -> Iterator[Task]:
    """The tasks to be sent whose worktree here has moved to another commit. A local task's
    checkout is the user's own between two runs, and a run keeps what it does itself.
    """
    heads = _heads(ctx)
    if not heads:
        return
    wanted = heads.keys() & (names or go_along(ctx, remote, look(ctx.repo, remote, heads)))
    tasks = list_tasks(ctx.repo, *(layout.TASKS + name for name in wanted)) if wanted else ()
    for task in tasks:
        if isinstance(task, DamagedTask) or task.is_newer or task.is_open or not task.checkpoint:
            continue
        if heads[task.id] != task.checkpoint["head"] and not is_elsewhere(ctx, task):
            yield task


def _heads(ctx: Context) -> Mapping[str, str | None]:
    """The commits that are checked out in the worktrees of tasks here, by task."""
    ties = ctx.repo.common_dir.glob(f"worktrees/*/{layout.checkout_mark(Path()).name}")
    places = {
        place_of(tie.parent): name
        for tie in ties
        if tie.with_name("gitdir").exists() and (name := read_text(tie))
    }
    if not places:
        return {}
    trees = list_worktrees(ctx.repo)
    return {places[tree.path]: tree.head for tree in trees if tree.path in places}


def _keep(ctx: Context, task: Task) -> str | None:
    """Takes a checkpoint of a task at rest; why that could not be done."""
    from git_phc.services.keep import keep  # most have nothing to keep

    try:
        with take_lock(ctx, task.id):
            task = read_task(ctx.repo, task.id)
            checkout = checkout_of(ctx, task)
            if checkout:
                keep(ctx, task, checkout, "push")
    except (PhcError, OSError) as error:
        why = in_words(error)
        return f"its latest commits could not be kept: {why}"
    return None
