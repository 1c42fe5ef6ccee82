"""Waits for runs: looks at a task again and again, at the price of one kept git process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from git_phc.git.objects import Reader
from git_phc.git.refs import read_ref
from git_phc.host.lock import holder
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.bus import Bus
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.seen import is_alive, look
from git_phc.store import layout
from git_phc.store.arbiters import arbiters
from git_phc.store.tasks import read_moved, read_task

LOOK = 0.1  # seconds between two looks
LAST_WORDS = 60.0  # seconds that a run may take to send what it has left
OUTCOME_CODES = {"ready": 0, "done": 0, "failed": 1, "cancelled": 1, "interrupted": 1, "waiting": 6}


def wait(ctx: Context, tasks: Sequence[Task]) -> list[Task]:
    """Returns when none of the tasks is queued, preparing or running, and what their runs here
    have left was sent to where they are shared, or could not be: see `unsent`. Of those that run
    elsewhere it asks their remotes.
    """
    with ExitStack() as lines:
        for task in tasks:
            if is_elsewhere(ctx, task) and task.is_busy:
                lines.enter_context(Bus(ctx, task.id))
        settled = [_settled(ctx, task.id) for task in tasks]
    for task in settled:
        wait_until_sent(ctx, task)
    return settled


def taken(ctx: Context, task: Task) -> Task:
    """The task when a worker has it, or none will any more; at once where it waits for none."""
    if not task.awaits_worker:
        return task
    with Bus(ctx, task.id):
        return next(now for now in looks(ctx, task.id) if not now.awaits_worker)


def _settled(ctx: Context, id: TaskId) -> Task:
    for known in looks(ctx, id):
        task, interrupted = look(ctx, known)
        if interrupted or not task.is_busy:
            return task
    raise AssertionError("looks never ends")


def wait_until_sent(ctx: Context, task: Task) -> None:
    """Its supervisor frees the task first, and sends then. It is not waited for without end."""
    if _shared_with(ctx, task) is None:
        return
    deadline = ctx.clock.monotonic() + LAST_WORDS
    sharing = layout.sharing_lock(ctx.repo, task.id)
    for now in looks(ctx, task.id):
        is_sending = is_alive(ctx, task) or holder(sharing) is not None
        if now.is_open or not is_sending or ctx.clock.monotonic() > deadline:
            return


def unsent(ctx: Context, task: Task) -> str | None:
    """The remote that has not all of what a run here has left; None where it has."""
    remote = _shared_with(ctx, task)
    there = read_ref(ctx.repo, layout.tracking(remote) + task.id) if remote else task.tip
    return remote if there != task.tip else None


def _shared_with(ctx: Context, task: Task) -> str | None:
    """The remote of a task whose last run was here, and is over."""
    was_here = task.run and task.run.claim.get("clone") == ctx.clone and not task.is_open
    return arbiters(ctx.repo).get(task.id) if was_here else None


def looks(ctx: Context, id: TaskId) -> Iterator[Task]:
    """The task as it is now, at every look; without end."""
    with Reader(ctx.repo) as reader:
        task = read_task(ctx.repo, id)
        while True:
            yield task
            ctx.clock.sleep(LOOK)
            task = read_moved(reader, task)


def exit_code(statuses: Sequence[str]) -> int:
    """0 when all are ready or done, 6 when one waits for an answer, else 1."""
    codes = {OUTCOME_CODES.get(status, 1) for status in statuses}
    return 6 if 6 in codes else max(codes, default=0)
