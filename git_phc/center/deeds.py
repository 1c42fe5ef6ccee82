"""What one can do to tasks: each deed calls one service, and says in a line what came of it.

A deed runs in a thread of its own, with a context of its own. It names the task by its id and
reads it anew: what one has seen may be a moment old.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from msgspec import Struct

from git_phc.cli.safe import one_line
from git_phc.errors import Refused
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.answer import answer, option_named, option_of
from git_phc.services.context import Context
from git_phc.services.end import finish, undo
from git_phc.services.environment_files import File
from git_phc.services.merge import merge
from git_phc.services.seen import seen_status
from git_phc.services.start import Order, plan, start
from git_phc.services.talk import resume, send, stop
from git_phc.services.trust import grant
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import Say


class Came(NamedTuple):
    """What came of a deed, in words; and the id of a task that it has made."""

    words: str
    made: str = ""


Act = Callable[[Context, Say], Came]


class Deed(Struct, frozen=True):
    """Something to do; `name` is what is said while it is under way.

    `draft` is what the user has written for it: it must not be lost when the deed fails.
    """

    name: str
    act: Act
    draft: str = ""


def started(order: Order) -> Deed:
    """A new task."""

    def act(ctx: Context, say: Say) -> Came:
        task = start(ctx, plan(ctx, order), say)
        return Came(_named("Started", task), task.id)

    return Deed("starting a task", act, order.prompt)


def written(task: Task, text: str) -> Deed:
    """Says something to the agent: an answer where it waits for one, else a follow-up."""

    def act(ctx: Context, say: Say) -> Came:
        now = read_task(ctx.repo, task.id)
        if not now.waiting:
            return Came(_named("Sent to", send(ctx, now, text, say)))
        option = option_named(now.waiting[0], text)
        words = None if option else text
        return Came(_named("Answered", answer(ctx, now, now.waiting[0], option, words, say)))

    return Deed(f"writing to {task.id.short}", act, text)


def answered(task: Task, verb: str) -> Deed:
    """Allows or denies what one has seen asked, and nothing else."""
    seen = [str(ask["id"]) for ask in task.waiting[:1]]

    def act(ctx: Context, say: Say) -> Came:
        now = read_task(ctx.repo, task.id)
        asks = [ask for ask in now.waiting if str(ask["id"]) in seen]
        if not asks:
            why = "what it asked was answered" if seen else "it asks nothing"
            raise Refused(f"{why}; the task {task.id.short} is {now.status}", "Look again")
        done = answer(ctx, now, asks[0], option_of(now, asks[0], verb), None, say)
        return Came(_named({"deny": "Denied"}.get(verb, "Allowed"), done))

    return Deed(f"answering {task.id.short}", act)


def stopped(task: Task) -> Deed:
    return _simple("stopping", "Stopped", task, stop)


def resumed(task: Task) -> Deed:
    return _simple("resuming", "Resumed", task, resume)


def merged(task: Task) -> Deed:
    """Merges into the branch of the checkout that the center was opened in."""

    def act(ctx: Context, _: Say) -> Came:
        landed = merge(ctx, read_task(ctx.repo, task.id), None)
        what = "All of it was on" if landed.how is None else "Merged into"
        troubles = [landed.ended.trouble, landed.hook and "the post-merge hook failed"]
        words = [_named(f"{what} {landed.branch}:", task), *filter(None, troubles)]
        return Came("; ".join(words))

    return Deed(f"merging {task.id.short}", act)


def finished(task: Task) -> Deed:
    def act(ctx: Context, _: Say) -> Came:
        ended = finish(ctx, read_task(ctx.repo, task.id))
        words = [f"{_named('Done', ended.task)} (u takes it back)", ended.trouble]
        return Came("; ".join(filter(None, words)))

    return Deed(f"finishing {task.id.short}", act)


def undone() -> Deed:
    """Takes back this clone's last done, merge, delete, archive or rewind."""

    def act(ctx: Context, _: Say) -> Came:
        back = undo(ctx, None)
        return Came(_named(f"Took back {back.verb}:", back.task), back.task.id)

    return Deed("taking back", act)


def trusted(file: File, again: Deed) -> Deed:
    """Consents to what would run, and does what needed it."""

    def act(ctx: Context, say: Say) -> Came:
        grant(ctx, file)
        return again.act(ctx, say)

    return Deed(again.name, act, again.draft)


def _simple(
    name: str, verb: str, task: Task, service: Callable[[Context, Task, Say], Task]
) -> Deed:
    return Deed(f"{name} {task.id.short}", partial(_serve, service, task.id, verb))


def _serve(
    service: Callable[[Context, Task, Say], Task], id: TaskId, verb: str, ctx: Context, say: Say
) -> Came:
    task = service(ctx, read_task(ctx.repo, id), say)
    return Came(f"{_named(verb, task)}, now {one_line(seen_status(ctx, task))}")


def _named(verb: str, task: Task) -> str:
    return f"{verb} {task.id.short}: {one_line(task.title)}"
