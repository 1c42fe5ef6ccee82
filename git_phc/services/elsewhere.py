"""Whose a task is: to go on with it is for the clone that ran it last, until another picks it."""

from __future__ import annotations

from git_phc.errors import Refused, RemoteFailed
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store.arbiters import arbiter
from git_phc.workspaces.place import Say


def is_elsewhere(ctx: Context, task: Task) -> bool:
    """Whether another clone ran the task last, or runs it now. Of a task that was never shared
    there is none: who cannot tell any more that it ran here has lost this clone's name. What
    waits for a worker is nobody's, and so not this one's.
    """
    if task.awaits_worker:
        return arbiter(ctx.repo, task.id) is not None
    clone = task.run.claim.get("clone", ctx.clone) if task.run else ctx.clone
    return clone != ctx.clone and arbiter(ctx.repo, task.id) is not None


def refuse_elsewhere(ctx: Context, task: Task) -> None:
    """Raises Refused for a task at rest that is not this clone's to go on with."""
    if task.is_open:
        return
    ways = (
        f"Take it over: git phc pick {task.id.short}; "
        f"or go on with a copy: git phc fork {task.id.short}"
    )
    if task.handoff:
        raise Refused(f"this task is handed to {task.handoff}", ways)
    if task.run and is_elsewhere(ctx, task):
        host = task.run.claim.get("host")
        raise Refused(f"this task is at rest on {host}, not here", ways)


def pass_on(ctx: Context, task: Task, say: Say) -> None:
    """Sends what was just said of a task that is another clone's; that clone acts on it."""
    remote = arbiter(ctx.repo, task.id)
    if remote is None:
        say("it is said here alone: the task is not shared with any remote")
        return
    from git_phc.services.push import push
    from git_phc.store.sync import look

    try:
        sent = push(ctx, remote, (), look(ctx.repo, remote, [task.id]))
    except RemoteFailed as error:
        say(f"it waits here for the next git phc sync: {error.message}")
        return
    for one in sent:
        if one.outcome not in ("pushed", "shared"):
            say(f"it waits here for the next git phc sync: {one.why or one.outcome}")
