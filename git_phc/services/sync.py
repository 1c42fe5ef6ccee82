"""Brings what is new there, sends what is new here."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.errors import PhcError
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.actors import heard
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.launch import run_again
from git_phc.services.outgoing import Agree
from git_phc.services.pull import take
from git_phc.services.push import Sent
from git_phc.services.push_whole import push_whole
from git_phc.store.sync import Received
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import Say


def sync(ctx: Context, remote: str, agree: Agree) -> list[Received | Sent]:
    """Both, in this order; a task may be on the list twice. Raises RemoteFailed."""
    taken = take(ctx, remote, clone=ctx.clone)
    return [*taken.received, *push_whole(ctx, remote, (), taken.now, agree)]


def go_on(ctx: Context, outcomes: Sequence[Received | Sent], say: Say) -> None:
    """Begins the next run of each task of this clone's whose agent had asked something that was
    answered elsewhere, by people who count here.
    """
    for one in outcomes:
        if one.outcome not in ("updated", "joined"):
            continue
        task = read_task(ctx.repo, TaskId(one.name))
        if not _is_answered(ctx, task):
            continue
        try:
            run_again(ctx, task, say)
            say(f"{task.id.short} goes on: what it asked was answered")
        except PhcError as error:
            say(f"{task.id.short} was answered, and does not go on: {error.message}")


def _is_answered(ctx: Context, task: Task) -> bool:
    if task.is_open or is_elsewhere(ctx, task) or task.handoff:
        return False
    return heard(ctx, task).is_answered
