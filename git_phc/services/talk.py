"""Says something to a task: follow-ups, stops, resumes."""

from __future__ import annotations

from git_phc.errors import PhcError, Refused, UsageError
from git_phc.model import decide
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import text_from_string
from git_phc.services.actors import heard
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere, pass_on
from git_phc.services.keep import keep
from git_phc.services.launch import claim_bodies, clean_up_after, run_again, take_lock
from git_phc.services.place import checkout_of
from git_phc.services.seen import is_interrupted
from git_phc.services.wait import wait_until_sent
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import Say

SEND_WAIT = 60.0  # seconds in which a message must have found a run, or begun one
STOP_WAIT = 60.0  # seconds in which a supervisor must have answered a stop


def send(ctx: Context, task: Task, text: str, say: Say) -> Task:
    """A follow-up: queued where a run is on, else the beginning of the next run."""
    if not text.strip():
        raise UsageError("there is nothing to send", 'Say it: git phc send TASK "…"')
    message, texts = text_from_string(ctx.redact(text))
    deadline = ctx.clock.monotonic() + SEND_WAIT
    if task.goes_by_queue:
        from git_phc.services.cloud import speak  # who shares nothing does not wait for it

        return speak(ctx, task, lambda _: [Messaged(message)], texts)
    while True:
        if task.is_open and not is_interrupted(ctx, task):
            task = ctx.tasks.append(
                task.id, lambda now: [Messaged(message)] if now.is_open else [], texts
            )
            if task.is_open:  # else the run ended first: what follows starts the next one
                if is_elsewhere(ctx, task):
                    pass_on(ctx, task, say)
                return task
        try:
            return run_again(ctx, task, say, [Messaged(message)], texts)
        except Refused:
            before, task = task.tip, read_task(ctx.repo, task.id)
            stays = task.tip == before and not task.is_open  # else it may have been for a moment
            if stays or ctx.clock.monotonic() > deadline:
                raise
        ctx.clock.sleep(0.05)  # somebody else has just started it, by what they sent


def resume(ctx: Context, task: Task, say: Say) -> Task:
    """Goes on with the same conversation, in a new run."""
    if task.goes_by_queue:
        from git_phc.services.cloud import speak

        if task.is_open:
            decide.claim(task, host=ctx.host, mode=task.mode, holder_is_dead=False)  # refuses
        return speak(ctx, task, lambda _: [])
    return run_again(ctx, task, say)


def stop(ctx: Context, task: Task, say: Say) -> Task:
    """Ends the run and keeps the work; returns when it has ended, and that was sent, or could not
    be, to where the task is shared.
    """
    if task.goes_by_queue:
        from git_phc.services import cloud

        return cloud.stop(ctx, task)
    if is_interrupted(ctx, task):
        return _stop_dead(ctx, task)
    asked = ctx.tasks.append(task.id, lambda now: decide.stop(heard(ctx, now)))
    if is_elsewhere(ctx, asked):  # it ends there, and the next pull tells so
        pass_on(ctx, asked, say)
        return asked
    ended = _until_ended(ctx, asked)
    wait_until_sent(ctx, ended)
    return ended


def _stop_dead(ctx: Context, task: Task) -> Task:
    """The supervisor is gone: what it left is ended and kept, under a claim of our own."""
    with take_lock(ctx, task.id):
        task = read_task(ctx.repo, task.id)
        if not task.is_open:  # it was just ending
            return task
        clean_up_after(ctx, task)
        task = ctx.tasks.append(task.id, lambda now: claim_bodies(ctx, now, now.mode))
        claim = EventId(task.run.id if task.run else "")
        reason = f"stopped by {ctx.tasks.actor.name}"
        try:
            checkout = checkout_of(ctx, task)
            if checkout:
                task, _ = keep(ctx, task, checkout, "stop", claim=claim)
        except PhcError as error:  # the work stays where it is; the run ends all the same
            reason += f"; no checkpoint was taken: {error.message}"
        end = RunEnded(claim, "cancelled", reason=ctx.redact(reason)[:1000])
        return ctx.tasks.append(task.id, lambda _: [end])


def _until_ended(ctx: Context, task: Task) -> Task:
    run = task.run.id if task.run else ""
    deadline = ctx.clock.monotonic() + STOP_WAIT
    while task.run and task.run.id == run and task.run.is_open:
        if is_interrupted(ctx, task):
            return _stop_dead(ctx, task)
        if ctx.clock.monotonic() > deadline:
            raise PhcError(
                f"the run has not ended within {STOP_WAIT:.0f} seconds; the stop stands",
                f"Look again: git phc status {task.id.short}",
            )
        ctx.clock.sleep(0.05)
        task = read_task(ctx.repo, task.id)
    return task
