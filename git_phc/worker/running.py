"""From a claim to the end of its run: its place, its supervisor, and what is taken away."""

from __future__ import annotations

from contextlib import suppress

from git_phc.errors import PhcError, Refused, in_words
from git_phc.git.remote import fetch
from git_phc.host.lock import FileLock, try_lock
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.ids import EventId, TaskId
from git_phc.model.lease import BEATS
from git_phc.model.task import Task
from git_phc.services.bring import bring
from git_phc.services.context import Context
from git_phc.services.end import clear_away
from git_phc.services.environments import environment_of
from git_phc.services.holding import Holding
from git_phc.services.keep import keep_aside
from git_phc.services.launch import clean_up_after, launch
from git_phc.services.place import checkout_of, site
from git_phc.services.setup import tear_down
from git_phc.services.streaming import lease_seconds
from git_phc.store import layout
from git_phc.store.tasks import read_task
from git_phc.worker.claiming import claim
from git_phc.worker.home import REMOTE
from git_phc.worker.waiting import Waiting
from git_phc.workspaces.place import Say, workspace_for

HURRY = 60.0  # seconds for the teardown of a run that was killed


def take_on(ctx: Context, wanted: Waiting, say: Say) -> Task:
    """Claims the task, makes its place, and starts its supervisor. Raises what `claim` does;
    and whatever keeps it from being started: then its run has ended, as failed.
    """
    lock = try_lock(layout.live_lock(ctx.repo, wanted.id))
    if lock is None:
        raise Refused("it runs here already")
    with lock:
        task = claim(ctx, wanted)
        try:
            return _start(ctx, task, lock, say, is_left=wanted.why == "left")
        except Exception as error:
            _fail(ctx, task, error)
            raise


def _start(ctx: Context, task: Task, lock: FileLock, say: Say, *, is_left: bool) -> Task:
    bring(ctx, REMOTE, task.id)
    # What clones borrow from: see `git.mirror`
    fetch(ctx.repo, ctx.wire, REMOTE, [f"+refs/heads/*:refs/remotes/{REMOTE}/*"], prune=True)
    clean_up_after(ctx, task)
    if not is_left:
        _put_away_stale(ctx, task, say)
    return launch(ctx, task, [lock], say, environment_of(ctx, task))


def _put_away_stale(ctx: Context, task: Task, say: Say) -> None:
    """What an earlier run here has left is not what the task is by now, if another had it since:
    its folder goes, and is kept. Nobody renews the lease yet, so its teardown has a part of that.
    """
    checkout = checkout_of(ctx, task)
    if checkout:
        keep_aside(ctx, task, checkout, "left by a run that lost the task")
        if failed := tear_down(ctx, task, lease_seconds(ctx) / BEATS):
            say(f"{task.id.short}: {failed}")
        workspace_for(task.mode).put_away(site(ctx), task)


def _fail(ctx: Context, task: Task, error: Exception) -> None:
    """The run ends as failed, here and there; where that cannot be said now, the lease runs out."""
    run = EventId(task.run.id if task.run else "")
    why = in_words(error)
    end = RunEnded(run, "failed", reason=ctx.redact(why)[:1000])
    with suppress(PhcError, OSError):
        ctx.tasks.append(
            task.id, lambda now: [end] if now.run and now.run.id == run and now.is_open else []
        )
        Holding(ctx, task.id, run).publish(lambda: False)


def tidy(ctx: Context, id: TaskId, say: Say) -> Task:
    """After a run: its folder goes. What no checkpoint has of it is kept first. The teardown of a
    run that was killed is left for here; the worker waits for it, so it must not take long.
    """
    lock = try_lock(layout.live_lock(ctx.repo, id))
    task = read_task(ctx.repo, id)
    if lock is None or task.is_open:
        if lock:
            lock.remove()
        return task
    with lock:
        checkout = checkout_of(ctx, task)
        if checkout and not _is_kept(task):
            keep_aside(ctx, task, checkout, "when its run was over")
        if checkout:
            ended = clear_away(ctx, task, drops=False, most=HURRY)
            if ended.trouble:
                say(f"{id.short}: {ended.trouble}")
    return task


def _is_kept(task: Task) -> bool:
    """Whether the last thing of its last run was a checkpoint."""
    ended = (task.run.ended or {}) if task.run else {}
    kept = task.checkpoint or {}
    good = ended.get("outcome") in ("ready", "waiting", "released", "cancelled")
    return bool(task.run and good and kept.get("claim") == task.run.id)
