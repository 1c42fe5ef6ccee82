"""A worker's hold on the task that it has claimed: the lease, the fence, and the run's last word.

All that a worker sends goes in one atomic push, which moves the task's ref forward from a tip at
which its claim is current, and replaces its lease. So of one who has lost the claim nothing
arrives; what is rejected is fetched, and the claim is looked at before anything is joined. While
the remote is away the run goes on, and all of it waits here. See docs/adr/0019.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from msgspec.structs import replace

from git_phc.errors import ClaimLost, LostRace, PhcError, Refused, RemoteFailed, in_words
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.remote import Pushed, Update, list_remote, push
from git_phc.git.wire import Wire
from git_phc.model.events.body import Body
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.ids import EventId, TaskId
from git_phc.model.lease import BEATS, Lease
from git_phc.model.task import Task
from git_phc.services.branch_there import branch_update, note_made
from git_phc.services.context import Context
from git_phc.services.pull import take
from git_phc.services.streaming import follow_interval, lease_seconds
from git_phc.store import layout, pending
from git_phc.store.arbiters import arbiter
from git_phc.store.leases import put_lease, read_leases
from git_phc.store.sync import look, saw
from git_phc.store.tasks import Decide, load, read_task

BEAT = 3.0  # seconds between two looks at the remote, at most
PATIENCE = 30.0  # seconds without a word after which a talk is given up
LONGEST = 60.0  # seconds at most between two tries while the remote is away
STUCK = 4  # rejections in a row without news, after which it is what we send that is not wanted
MOST = 3 * STUCK  # of those in a row, after which it is given up
ROUNDS = 50
ATOMIC = "atomic push failure"  # what git says of refs that fell with another

T = TypeVar("T")


class Holding:
    """One claim's. A thread of its own renews the lease and keeps both sides together."""

    def __init__(self, ctx: Context, id: TaskId, claim: EventId) -> None:
        self._ctx = Context(ctx.repo, ctx.cwd, ctx.environ, ctx.clock)
        self._ctx.wire = Wire(PATIENCE)
        self._id, self._claim = id, claim
        self._remote = str(arbiter(ctx.repo, id))
        self.interval, self._seconds = follow_interval(ctx, self._remote), lease_seconds(ctx)
        self._turn = threading.RLock()
        self._closed = threading.Event()
        self._trouble: str | None = None
        self._refused = ""  # why the remote has not taken the last word, if it said so
        self._sent = ctx.clock.monotonic()  # when the lease was renewed last
        self.is_lost = False
        self._thread = threading.Thread(target=self._drive, daemon=True)

    def keep(self) -> None:
        """From now on, until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Renews no more."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    # The thread

    def _drive(self) -> None:
        failures = 0
        while not self._closed.wait(self._pause(failures)):
            with self._turn:
                if self.is_lost or self._closed.is_set():
                    return
                failures = 0 if self._beat() else failures + 1

    def _pause(self, failures: int) -> float:
        usual = min(BEAT, self.interval or BEAT, self._seconds / BEATS)
        waited = min(usual * float(2**failures), max(usual, LONGEST))
        return waited * random.uniform(0.5, 1) if failures else waited  # noqa: S311  (no secret)

    def _beat(self) -> bool:
        """One look, one push where one is due; whether the remote could be talked to."""
        why = None
        try:
            if self._is_due():
                self._send()
            else:
                self._listen()
        except ClaimLost as error:
            self._give_up(error)
        except (PhcError, OSError) as error:
            why = in_words(error)
        self._tell(why)
        return why is None

    def _tell(self, why: str | None) -> None:
        if why and why != self._trouble:  # told once in the run's own log, not at each beat
            print(f"not in touch just now: {why}", file=sys.stderr, flush=True)  # noqa: T201
        self._trouble = why

    def _is_due(self) -> bool:
        since = self._ctx.clock.monotonic() - self._sent
        if since > self._seconds / BEATS:
            return True
        now = look(self._ctx.repo, self._remote, [self._id])
        return since > self.interval and now.ours != now.theirs

    def _listen(self) -> None:
        """Brings what others have said."""
        ctx, ref = self._ctx, layout.task_ref(self._id)
        there = list_remote(ctx.repo, ctx.wire, self._remote, ref).get(ref)
        if there != self._there():
            self._meet()

    # What goes there

    def _send(self) -> None:
        """All that is new here, and the lease."""
        for _ in range(ROUNDS):
            task = read_task(self._ctx.repo, self._id)
            pushed = self._push(task)
            if pushed.is_clean:
                return
            if pushed.lacks_atomic:
                raise Refused(f"{self._remote} takes no atomic push")
            before = self._there()
            self._meet()
            if self._there() == before:
                raise RemoteFailed(f"{self._remote} does not take it: {_words(pushed)}")
        raise RemoteFailed(f"the task is being changed on {self._remote} without a pause")

    def _push(self, task: Task, *, less: int = 0) -> Pushed:
        """One push of the task as it shall be there; with `less` no branch, then no work."""
        ctx, id = self._ctx, self._id
        now = look(ctx.repo, self._remote, [id])
        kinds = ("runs", "work") if less < 2 else ()
        news = {k: oid for k in kinds if (oid := now.ours[k].get(id)) != now.theirs[k].get(id)}
        updates = [Update(f"{layout.ROOT}{k}/{id}", oid) for k, oid in news.items() if oid]
        if not task.is_open and less < 1:
            updates += branch_update(ctx, self._remote, task)
        updates += self._base(news)
        new = self._new_lease() if task.is_open else None
        updates.append(Update(layout.lease_ref(id), new, self._known_lease()))
        if task.awaits_worker:
            updates.append(Update(layout.queue_ref(id), task.tip, ""))
        updates.append(Update(layout.task_ref(id), task.tip))
        pushed = push(ctx.repo, ctx.wire, self._remote, updates)
        if pushed.is_clean:
            note_made(ctx, task, updates)
            seen: dict[str, str | None] = {"tasks": task.tip, "lease": new, **news}
            if news.get("work"):
                seen["base"] = None
            saw(ctx.repo, self._remote, {(kind, id): oid for kind, oid in seen.items()})
            self._sent = ctx.clock.monotonic()
        return pushed

    def _base(self, news: dict[str, str | None]) -> list[Update]:
        """Where the task begins is held by its first checkpoint from now on."""
        known = read_ref(self._ctx.repo, layout.tracking(self._remote, "base") + self._id)
        return [Update(layout.base_ref(self._id), None)] if known and news.get("work") else []

    def _new_lease(self) -> str:
        ctx = self._ctx
        lease = Lease(self._claim, ctx.clone, self._seconds, ctx.clock.nonce())
        oid = put_lease(ctx.writer, lease)
        ctx.writer.secure()
        return oid

    def _known_lease(self) -> str:
        """The lease as it must be there: ours. Raises ClaimLost, RemoteFailed."""
        if oid := self._own_lease():
            return oid
        self._meet()
        if oid := self._own_lease():
            return oid
        raise ClaimLost("the lease of this run is another worker's")

    def _own_lease(self) -> str | None:
        repo = self._ctx.repo
        oid = read_ref(repo, layout.tracking(self._remote, "lease") + self._id)
        return oid if oid and read_leases(repo, [oid])[0].claim == self._claim else None

    # What comes from there

    def _there(self) -> str | None:
        return read_ref(self._ctx.repo, layout.tracking(self._remote) + self._id)

    def _meet(self, sent: str | None = None) -> bool:
        """Brings the task; whether the commit `sent` has arrived there. Raises ClaimLost, before
        anything is joined, where neither it has nor the claim is still ours.
        """
        arrived = False

        def check() -> None:
            nonlocal arrived
            there = self._there()
            arrived = sent is not None and pending.has_arrived(self._ctx.repo, sent, there)
            if not arrived and not (there and self._is_ours(there)):
                raise ClaimLost(f"{self._remote} has given this task to another run")

        take(self._ctx, self._remote, [self._id], clone=self._ctx.clone, check=check)
        return arrived

    def _is_ours(self, tip: str) -> bool:
        run = load(self._ctx.repo, self._id, tip).task.run
        return run is not None and run.id == self._claim and run.is_open

    def _give_up(self, why: ClaimLost) -> None:
        """What we have is kept aside; the task here is what it is there."""
        self.is_lost = True
        repo, ref = self._ctx.repo, layout.task_ref(self._id)
        for _ in range(ROUNDS):
            ours, theirs = read_ref(repo, ref), self._there()
            if not ours or not theirs or ours == theirs:
                break
            aside = f"{layout.aside(self._id)}tasks-{ours[:12]}"
            with suppress(LostRace):
                moves = [Move(aside, read_ref(repo, aside), ours), Move(ref, ours, theirs)]
                move_refs(repo, moves)
        pending.forget(repo, self._id)
        print(f"this run is over: {why.message}", file=sys.stderr, flush=True)  # noqa: T201

    # The last word

    def say_last(self, act: Decide, goes_on: Callable[[], bool] = lambda: True) -> Task:
        """Says what ends the run, there first: with the work, the transcript and the branch, and
        the lease goes. Where `act` says nothing, since a message has come, the run goes on.

        While the remote is away it is tried again, as long as `goes_on`. Raises ClaimLost;
        RemoteFailed where it was given up.
        """
        stuck = 0

        def once() -> Task | None:
            nonlocal stuck
            task, rejected = self._say(act, stuck // STUCK)
            stuck = stuck + 1 if rejected else 0
            return task

        return self._insist(once, lambda: goes_on() and stuck < MOST)

    def publish(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Sends the task as it stands here, be its run open or not. As `say_last` otherwise."""

        def once() -> bool:
            self._send()
            return True

        self._insist(once, goes_on)

    def _insist(self, once: Callable[[], T | None], goes_on: Callable[[], bool]) -> T:
        """What `once` answers, which is asked until it answers something."""
        failures = 0
        with self._turn:
            while True:
                self._refuse_lost()
                try:
                    if (answer := once()) is not None:
                        return answer
                except ClaimLost as error:
                    self._give_up(error)
                    raise
                except RemoteFailed as error:
                    self._tell(error.message)
                    failures += 1
                if not goes_on():
                    raise RemoteFailed(f"{self._remote} was not told how the run has ended")
                self._ctx.clock.sleep(self._pause(failures) * random.random())  # noqa: S311

    def _refuse_lost(self) -> None:
        if self.is_lost:
            raise ClaimLost(f"{self._remote} has given this task to another run")

    def _say(self, act: Decide, less: int) -> tuple[Task | None, bool]:
        """One try: the task, when it stands there or nothing was to be said; whether it was
        rejected, and nothing was new there.
        """
        ctx, id = self._ctx, self._id
        sent = pending.noted(ctx.repo, id)
        if sent and self._settle(sent):
            return read_task(ctx.repo, id), False
        draft = ctx.tasks.propose(id, lambda task: self._telling(act(task), less))
        if draft is None:
            return read_task(ctx.repo, id), False
        tip, before = draft.task.tip, self._there()
        ctx.writer.secure()
        pending.note(ctx.repo, id, tip)
        pushed = self._push(draft.task, less=less)
        if pushed.is_clean:
            with suppress(LostRace):
                task = ctx.tasks.adopt(draft)
                pending.forget(ctx.repo, id)
                return task, False
        if self._settle(tip):
            return read_task(ctx.repo, id), False
        self._refused = _words(pushed)
        return None, self._there() == before

    def _telling(self, bodies: Sequence[Body], less: int) -> Sequence[Body]:
        """The last word, which names what the remote does not take."""
        if not less:
            return bodies
        what = "the branch" if less == 1 else "the branch and the work"
        why = f"{self._remote} does not take {what}: {self._refused}"[:1000]
        return [
            replace(body, reason=f"{body.reason}; {why}" if body.reason else why)
            if isinstance(body, RunEnded)
            else body
            for body in bodies
        ]

    def _settle(self, sent: str) -> bool:
        arrived = self._meet(sent)
        pending.forget(self._ctx.repo, self._id)
        return arrived


def _words(pushed: Pushed) -> str:
    """Why it was rejected: what is said of one ref, and not that the others went with it."""
    told = [one.words for one in pushed.refs.values() if one.outcome == "rejected"]
    own = [words for words in told if ATOMIC not in words]
    return pushed.failure or next(iter([*own, *told]), "it gives no reason")
