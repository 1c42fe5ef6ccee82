"""Says things of a shared task where they count first: at its arbiter, and then here.

What only one may say (a claim, a handoff) is pushed before any ref of the task moves here; the
arbiter's compare-and-swap decides. What is pushed is written down until it is known whether it has
arrived (`store.pending`): an answer that was lost on the way is not a no. See docs/adr/0018.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from git_phc.errors import LostRace, PhcError, Refused, RemoteFailed
from git_phc.git.refs import read_ref, set_refs
from git_phc.git.remote import Pushed, Update, list_remote, push
from git_phc.git.wire import Wire
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.pull import take_in
from git_phc.store import layout, pending
from git_phc.store.arbiters import share
from git_phc.store.drafts import Draft
from git_phc.store.sync import Received, look, saw
from git_phc.store.tasks import Decide, read_task
from git_phc.store.waiting import read_waiting

if TYPE_CHECKING:
    from git_phc.git.aside import Aside

ROUNDS = 10  # pushes in a row, each of which has met news there
STUCK = 3  # rejections in a row without news: a lock that another push held looks like a no
PAUSE = 0.3  # seconds at most between two pushes, so that two who push do not keep step
Beside = Callable[[Task], Sequence[Update]]  # other refs of the remote's that move in the same step


class Moved(Refused):
    """What waits at the remote is not what was seen there, and nothing was sent: another was
    quicker, or something was said of it. Who looks again sees which.
    """

    def __init__(self, id: TaskId) -> None:
        super().__init__(f"the task {id.short} does not wait as it did: mostly another was quicker")


class Apart(Refused):
    """What the remote holds of a task is not to be joined with what is here: it `why`."""

    def __init__(self, remote: str, id: TaskId, why: str) -> None:
        super().__init__(
            f"what {remote} holds of this task is not what is here: it {why}",
            f"See: git phc pull {id.short}",
        )
        self.why = why


def say_by_push(
    ctx: Context,
    remote: str,
    id: TaskId,
    act: Decide,
    texts: Mapping[str, bytes],
    kinds: Sequence[str] = (),
    beside: Beside | None = None,
    waiting: str | None = None,
) -> Task:
    """See `say_there`. What is `beside` it goes there in one step with it, or not at all.

    `waiting` is for who keeps an eye on what is beside the task there: a tip of the task's that
    was fetched a moment ago, "" for none. It is tried first, without another fetch: where what is
    beside it has moved there meanwhile, that raises Moved.

    Raises what `act` raises in sight of the task as it is there; RemoteFailed where the arbiter
    cannot be asked, or its answer was lost: then nothing has moved here, and whoever asks again
    learns what became of it.
    """
    stuck, drafted, pushed = 0, None, None
    # Where git signs, it must find what it signs: nothing is held back, aside or together.
    if waiting:  # mostly another is quicker: what is made for it is kept when it was had
        with nullcontext() if ctx.signs else ctx.writer.aside() as aside:
            drafted = _at_once(ctx, remote, id, act, texts, beside, waiting)
            pushed = _sent(ctx, remote, drafted, kinds, aside) if drafted else None
    for _ in range(ROUNDS):
        if drafted is None or pushed is None:
            settle(ctx, remote, id)
            with nullcontext() if ctx.signs else ctx.writer.together():
                drafted = _drafted(ctx.tasks.propose(id, act, texts), beside)
            if drafted is None:
                return read_task(ctx.repo, id)
            pushed = _sent(ctx, remote, drafted, kinds)
        draft, more = drafted
        if pushed.is_clean:
            return _adopt(ctx, remote, draft, () if waiting is None else more)
        ctx.writer.forget()  # of this nothing is taken over but what comes from there
        if waiting and _is_anothers(ctx, remote, pushed, more):
            pending.forget(ctx.repo, id)
            raise Moved(id)
        before = _there(ctx, remote, id)
        drafted, waiting = None, waiting and ""
        if settle(ctx, remote, id):
            return read_task(ctx.repo, id)
        stuck = stuck + 1 if _there(ctx, remote, id) == before else 0
        if stuck and (stuck > STUCK or pushed.failure or pushed.lacks_atomic):
            raise Refused(
                f"{remote} does not take it: {_words(pushed)}",
                f"Look what it refuses: git phc doctor --remote {remote}",
            )
        ctx.clock.sleep(random.uniform(0, PAUSE))  # noqa: S311  (spreads, no secret)
    raise PhcError(f"the task {id.short} is being changed on {remote} without a pause", "Try again")


def _is_anothers(ctx: Context, remote: str, pushed: Pushed, beside: Sequence[Update]) -> bool:
    """Whether the push has met there what another has made of what waited. That is seen by git
    itself before it sends anything; else by one look, which costs less than the task's news.
    """
    if any(pushed.refs[update.ref].is_unsent for update in beside):
        return True
    try:
        there = list_remote(ctx.repo, ctx.wire, remote, *(update.ref for update in beside))
    except RemoteFailed:
        return False  # who settles it says what that means
    arrived = any(update.new and there.get(update.ref) == update.new for update in beside)
    return not arrived and any(there.get(u.ref, "") != (u.lease or "") for u in beside)


Drafted = tuple[Draft, Sequence[Update]]  # and what goes there beside it


def _drafted(draft: Draft | None, beside: Beside | None) -> Drafted | None:
    return (draft, beside(draft.task) if beside else ()) if draft else None


def _sent(
    ctx: Context, remote: str, drafted: Drafted, kinds: Sequence[str], aside: Aside | None = None
) -> Pushed:
    """How it was taken there. What lies `aside` is put in place when it was."""
    draft, more = drafted
    if aside is None:
        ctx.writer.secure()
    pending.note(ctx.repo, draft.task.id, draft.task.tip)
    wire, env = ctx.wire, None
    if aside:  # to send takes longer than to sync, and who was too late has nothing to send
        wire, env = wire.when_sending(aside.sync), aside.env
    pushed = _push(ctx, wire, remote, draft, kinds, more, env)
    if aside and pushed.is_clean:
        ctx.writer.place(aside)
    return pushed


def _at_once(
    ctx: Context,
    remote: str,
    id: TaskId,
    act: Decide,
    texts: Mapping[str, bytes],
    beside: Beside | None,
    tip: str,
) -> Drafted | None:
    """The same on top of what was fetched a moment ago; None where that takes a closer look, or
    `act` refuses it: no refusal is made in sight of what may be old.
    """
    found = read_waiting(ctx.repo, ctx.reader, remote, id, tip) if ctx.reader else None
    if found is None:
        return None
    share(ctx.repo, [id], remote, synced=False)
    try:
        return _drafted(ctx.tasks.propose_from(*found, act, texts), beside)
    except Refused:
        return None


def settle(ctx: Context, remote: str, id: TaskId) -> bool:
    """Brings the task's news, and looks what became of what was sent there last; whether that
    has arrived. Raises RemoteFailed while nobody knows; Refused where we disagree with it.
    """
    sent = pending.noted(ctx.repo, id)
    try:
        received = take_in(ctx, remote, [id])
    except RemoteFailed as error:
        raise RemoteFailed(
            f"{remote} has the last word on this task, and cannot be asked: {error.message}",
            "Try again when it can be reached; "
            f"or go on with a copy of the task now: git phc fork {id.short}",
        ) from error
    _refuse_apart(remote, id, received)
    if sent is None:
        return False
    arrived = pending.has_arrived(ctx.repo, sent, _there(ctx, remote, id))
    pending.forget(ctx.repo, id)
    return arrived


def _there(ctx: Context, remote: str, id: TaskId) -> str | None:
    return read_ref(ctx.repo, layout.tracking(remote) + id)


def _push(
    ctx: Context,
    wire: Wire,
    remote: str,
    draft: Draft,
    kinds: Sequence[str],
    beside: Sequence[Update],
    env: Mapping[str, str] | None,
) -> Pushed:
    """Sends the draft, what the remote lacks of the task's other refs, and what is beside it."""
    id = draft.task.id
    now = look(ctx.repo, remote, [id] if kinds else [])
    updates = [
        *beside,
        *(
            Update(f"{layout.ROOT}{kind}/{id}", oid)
            for kind in kinds
            if (oid := now.ours[kind].get(id)) and oid != now.theirs[kind].get(id)
        ),
    ]
    updates.append(Update(layout.task_ref(id), draft.task.tip))
    pushed = push(ctx.repo, wire, remote, updates, atomic=len(updates) > 1, env=env)
    if pushed.lacks_atomic and not beside:  # the task's own ref comes when the rest is there
        pushed = push(ctx.repo, wire, remote, updates[:-1], atomic=False, env=env)
        if pushed.is_clean:
            pushed = push(ctx.repo, wire, remote, updates[-1:], atomic=False, env=env)
    if pushed.is_clean:
        known = {(kind, str(id)): oid for kind in kinds if (oid := now.ours[kind].get(id))}
        saw(ctx.repo, remote, known)
    return pushed


def _adopt(ctx: Context, remote: str, draft: Draft, beside: Sequence[Update]) -> Task:
    """It stands there: so it does here, joined with what was said here in the meantime; and what
    is beside it is known to stand there. What is gone there goes here with the next look.
    """
    id, tip = draft.task.id, draft.task.tip
    seen: dict[str, str | None] = {layout.tracked(remote, layout.task_ref(id)): tip}
    seen |= {layout.tracked(remote, update.ref): update.new for update in beside if update.new}
    try:
        task = ctx.tasks.adopt(draft, (), seen)
    except LostRace:
        set_refs(ctx.repo, seen)
        settle(ctx, remote, id)
        return read_task(ctx.repo, id)
    pending.forget(ctx.repo, id)
    return task


def _refuse_apart(remote: str, id: TaskId, received: Sequence[Received]) -> None:
    for one in received:
        if one.name == id and one.outcome in ("quarantined", "back", "gone", "newer"):
            raise Apart(remote, id, one.why)


def _words(pushed: Pushed) -> str:
    told = (one.words for one in pushed.refs.values() if one.outcome == "rejected")
    return pushed.failure or next(told, "it gives no reason")
