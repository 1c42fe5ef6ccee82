"""Puts a task into the queue of its remote, from which any worker takes it, and speaks to it there.

Nothing of this is said here before it stands there: whether a worker has the task just now is
known at the remote alone. See docs/adr/0019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from git_phc.errors import PhcError, Refused
from git_phc.git.refs import read_ref
from git_phc.git.remote import Update, list_remote
from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.actors import heard
from git_phc.services.by_push import say_by_push
from git_phc.services.context import Context
from git_phc.services.environment_files import File, files_at
from git_phc.services.keep import keep
from git_phc.services.outgoing import Agree, held_back
from git_phc.store import layout
from git_phc.store.arbiters import arbiter, share
from git_phc.store.sync import look

Say = Callable[[Task], Sequence[Body]]


def send_new(ctx: Context, task: Task, remote: str, *, carry: bool, agree: Agree | None) -> Task:
    """A task that was just made waits for a worker; `carry`: with what the checkout here has that
    is not committed.
    """
    if carry:
        keep(ctx, task.changed(mode="local"), ctx.repo, "carried along")
    try:
        return enqueue(ctx, task.id, remote, agree=agree)
    except PhcError as error:
        error.message = (
            f"the task {task.id.short} is made, and waits for no worker yet: {error.message}"
        )
        error.hint = f"Send it: git phc handoff {task.id.short} --to cloud"
        raise


def check_environment(ctx: Context, file: File | None, base: str) -> None:
    """A worker has the words of an environment from the commit that a task begins at."""
    if file is None:
        return
    committed = [one.data for one in files_at(ctx.repo, base) if one.path == file.path]
    if committed != [file.data]:
        raise Refused(
            f"a worker would not see {file.path} as it is here: that is not committed",
            f"Commit it: git commit {file.path}",
        )


def enqueue(
    ctx: Context,
    id: TaskId,
    remote: str,
    extra: Say = lambda _: (),
    agree: Agree | None = None,
) -> Task:
    """A task at rest waits for a worker from now on, with all that is here of it. `extra` is said
    with it, in sight of the task as it is there. Raises what `say_by_push` does.
    """
    share(ctx.repo, [id], remote)
    held = held_back(ctx, remote, look(ctx.repo, remote, [id]), [id], agree)
    if why := held.get(id):
        raise Refused(why, f"Then: git phc handoff {id.short} --to cloud")
    return _say(ctx, remote, id, lambda now: [*extra(now), *decide.enqueue(now)])


def speak(ctx: Context, task: Task, extra: Say, texts: Mapping[str, bytes] | None = None) -> Task:
    """Says something to a task of the cloud; where nobody works on it, it is queued with that."""
    remote = _remote(ctx, task)

    def act(now: Task) -> Sequence[Body]:
        said = extra(now)
        asks_more = now.status == "waiting" and len(now.waiting) > 1  # it waits for all answers
        is_on = now.is_open or asks_more or (now.awaits_worker and queued(ctx, remote, now.id))
        return said if is_on else [*said, *decide.enqueue(now)]

    return _say(ctx, remote, task.id, act, texts)


def stop(ctx: Context, task: Task) -> Task:
    """Asks its worker to end the run; what only waits is taken out of the queue."""
    remote = _remote(ctx, task)
    return _say(ctx, remote, task.id, lambda now: decide.stop(heard(ctx, now)))


def out_of_queue(ctx: Context, remote: str, id: TaskId) -> list[Update]:
    """What must go along with whatever makes a task no longer wait for a worker."""
    there = queued(ctx, remote, id)
    return [Update(layout.queue_ref(id), None, there)] if there else []


def _say(
    ctx: Context, remote: str, id: TaskId, act: Say, texts: Mapping[str, bytes] | None = None
) -> Task:
    """By push, with the queue as the task is then."""
    return say_by_push(
        ctx, remote, id, act, texts or {}, ("work", "runs"), lambda then: _beside(ctx, remote, then)
    )


def _beside(ctx: Context, remote: str, then: Task) -> list[Update]:
    if not then.awaits_worker:
        return [] if then.is_open else out_of_queue(ctx, remote, then.id)
    there = queued(ctx, remote, then.id)
    updates = [] if there else [Update(layout.queue_ref(then.id), then.tip, "")]
    if then.base and read_ref(ctx.repo, layout.work_ref(then.id)) is None:
        updates.append(Update(layout.base_ref(then.id), then.base))
    return updates


def queued(ctx: Context, remote: str, id: TaskId) -> str:
    """What the queue of the remote holds of a task, "" for nothing. Raises RemoteFailed."""
    ref = layout.queue_ref(id)
    return list_remote(ctx.repo, ctx.wire, remote, ref).get(ref, "")


def _remote(ctx: Context, task: Task) -> str:
    remote = arbiter(ctx.repo, task.id)
    if remote is None:
        raise Refused(
            f"the task {task.id.short} was never sent to a remote, where a worker could find it",
            f"Send it: git phc handoff {task.id.short} --to cloud",
        )
    return remote
