"""Claims a task for this worker, and sees whether it may.

What comes from the remote is data until the worker's policy has let its authors in. Of many who
want one task the remote's compare-and-swap chooses one; the others learn it by what is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.errors import Refused
from git_phc.git.refs import read_ref
from git_phc.git.remote import Update, fetch, push
from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.lease import Lease
from git_phc.model.task import CLOUD, Task
from git_phc.services.actors import address
from git_phc.services.by_push import Apart, say_by_push
from git_phc.services.context import Context
from git_phc.services.policy import policy_here
from git_phc.services.pull import refspecs
from git_phc.services.seen import runs_here
from git_phc.services.streaming import lease_seconds
from git_phc.services.verify import verify
from git_phc.store import layout, pending
from git_phc.store.leases import put_lease
from git_phc.worker.home import REMOTE
from git_phc.worker.waiting import Waiting


class TurnedAway(Refused):
    """The worker's policy does not let the task in."""


def claim(ctx: Context, wanted: Waiting) -> Task:
    """Claims it, at the remote and then here; the caller holds the task's lock.

    Raises Refused where it is not to be had (any more), Moved where it does not wait as it was
    seen, TurnedAway where it must not run here, RemoteFailed where nobody knows: then nothing has
    started, and whoever asks again learns it.
    """

    def act(now: Task) -> Sequence[Body]:
        _check_policy(ctx, now)
        _check_free(ctx, now, wanted)
        return [decide.claim(now, host=ctx.host, mode=CLOUD, holder_is_dead=now.is_open)]

    def beside(then: Task) -> list[Update]:
        run = then.run.id if then.run else ""
        new = put_lease(ctx.writer, Lease(run, ctx.clone, lease_seconds(ctx), ctx.clock.nonce()))
        gone = [Update(layout.queue_ref(then.id), None, wanted.queue)] if wanted.queue else []
        return [*gone, Update(layout.lease_ref(then.id), new, wanted.lease)]

    kinds = ("work", "runs") if wanted.why == "left" else ()
    # What the queue holds is the task's tip. Where all must be signed it is looked at more closely.
    tip = wanted.queue if wanted.why == "queued" and not policy_here(ctx).is_signed else ""
    try:
        return say_by_push(ctx, REMOTE, wanted.id, act, {}, kinds, beside, tip)
    except Apart as error:
        raise TurnedAway(f"it {error.why}") from error


def _check_free(ctx: Context, now: Task, wanted: Waiting) -> None:
    """Raises Refused where it is somebody's, or nobody is to have it."""
    if now.awaits_worker:
        return
    is_left = now.run is not None and now.run.id == wanted.claim
    if now.is_open and (is_left or runs_here(ctx, now)):
        return
    raise Refused(f"the task {now.id.short} waits for no worker; it is {now.status}")


def _check_policy(ctx: Context, task: Task) -> None:
    """Raises TurnedAway where somebody has a word in it whom the policy does not let in."""
    policy = policy_here(ctx)
    if not policy.is_signed:
        return
    verified = next(iter(verify(ctx, [task])))
    for event in verified.events:
        if event.verdict.kind != "good":
            raise TurnedAway(f"what {event.who} has said in it cannot be verified")
        if not policy.counts(address(event.who)) and address(event.who) != ctx.tasks.actor.email:
            raise TurnedAway(f"it runs nothing of {event.who}")


def turn_away(ctx: Context, wanted: Waiting, why: str) -> None:
    """Says on the task, at the remote, why this worker does not take it. It stays in the queue
    for others. What was not let in is not adopted here, so this is written on top of it there.
    """
    reason = f"the worker on {ctx.host} does not run it: {why}"
    fetch(ctx.repo, ctx.wire, REMOTE, refspecs(REMOTE, [wanted.id]))
    tip = read_ref(ctx.repo, layout.tracking(REMOTE) + wanted.id)
    if tip is None:
        return
    draft = ctx.tasks.propose_on(wanted.id, tip, lambda now: decide.turn_away(now, reason))
    if draft is None:
        return
    new = draft.task.tip
    is_here = read_ref(ctx.repo, layout.task_ref(wanted.id)) == tip
    ctx.writer.secure()
    if is_here:  # else it is not for this worker to know it again as its own
        pending.note(ctx.repo, wanted.id, new)
    pushed = push(ctx.repo, ctx.wire, REMOTE, [Update(layout.task_ref(wanted.id), new)])
    if pushed.is_clean and is_here:
        ctx.tasks.adopt(draft)
        pending.forget(ctx.repo, wanted.id)
