"""What can be seen of a task from here, beside what is stored: whether its holder lives."""

from __future__ import annotations

from git_phc.host.lock import holder
from git_phc.model.task import CLOUD, Task
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.tasks import read_task


def runs_here(ctx: Context, task: Task) -> bool:
    """Whether the task's claim is held by this clone."""
    return bool(task.run and task.run.is_open and task.run.claim.get("clone") == ctx.clone)


def is_alive(ctx: Context, task: Task) -> bool:
    """Whether a supervisor works on the task in this clone, or is about to."""
    return holder(layout.live_lock(ctx.repo, task.id)) is not None


def look(ctx: Context, task: Task) -> tuple[Task, bool]:
    """The task, and whether its run here was interrupted: it is open, and nobody drives it.

    A supervisor first ends its run and then lets go. So a task that was read before that, and
    whose holder is looked for after it, is read again until the two agree.
    """
    while runs_here(ctx, task) and not is_alive(ctx, task):
        now = read_task(ctx.repo, task.id)
        if now.tip == task.tip:
            return task, True
        task = now
    return task, False


def is_interrupted(ctx: Context, task: Task) -> bool:
    """Whether the task's run here is open, and nobody drives it."""
    return look(ctx, task)[1]


def is_stale(ctx: Context, task: Task) -> bool:
    """Whether a worker elsewhere runs the task, and was seen to be silent for too long. Another
    may take it over.
    """
    if not task.is_open or task.mode != CLOUD or runs_here(ctx, task):
        return False
    remote = ctx.sharings.arbiter(task.id)
    if remote is None:
        return False
    from git_phc.store.leases import is_silent

    return is_silent(ctx.repo, remote, task.id)


def seen(ctx: Context, task: Task) -> tuple[Task, str]:
    """The task as it is by now, and the status to show of it: the stored one, `interrupted`, or
    `stale`. Whoever shows more than the status shows that task, so that the two agree.
    """
    task, interrupted = look(ctx, task)
    if interrupted:
        return task, "interrupted"
    return task, "stale" if is_stale(ctx, task) else task.status


def seen_status(ctx: Context, task: Task) -> str:
    """The status alone."""
    return seen(ctx, task)[1]
