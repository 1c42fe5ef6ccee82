"""What there is to do at a remote: tasks that wait in its queue, and those whose worker is gone.

The queue is looked at each time. The leases of others change all the time, and each change is an
object to be brought: they are looked at now and then, and whenever the queue does not explain
itself without them.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Literal

from msgspec import Struct

from git_phc.git.objects import Reader
from git_phc.git.refs import list_refs
from git_phc.git.remote import fetch
from git_phc.host.lock import holder
from git_phc.model.ids import TaskId
from git_phc.model.lease import BEATS
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.leases import Watched
from git_phc.worker.home import REMOTE

Why = Literal["queued", "left", "stale"]
KINDS = {"queue": layout.QUEUE, "lease": layout.LEASE}
EVERY = 10.0  # seconds from one look at the leases to the next, or less where they are short


class Waiting(Struct, frozen=True):
    """A task that may be claimed.

    Attributes:
        why: "queued"; "left" by a run of this very worker that is no more; "stale", its worker
            has been silent for too long.
        queue: what the queue holds of it, "" for nothing.
        lease: what its lease is now, "" for none.
        claim: the claim that the lease belongs to.
    """

    id: TaskId
    why: Why
    queue: str = ""
    lease: str = ""
    claim: str = ""


class Lookout:
    """Looks at the remote again and again: one small fetch each time."""

    def __init__(self, ctx: Context, only: str | None = None) -> None:
        self.ctx, self.only = ctx, only
        self._watched = Watched(ctx.clock.monotonic)
        self._reader = ctx.reader or Reader(ctx.repo)
        self._leases_due = 0.0
        self._missed: dict[str, str] = {}  # what the queue held of them then

    def look(self) -> list[Waiting]:
        """What may be claimed now, in no order, so that many workers do not keep step. Raises
        RemoteFailed.
        """
        is_whole = self.ctx.clock.monotonic() >= self._leases_due
        queue, leases = self._bring(*(KINDS if is_whole else ("queue",)))
        if not is_whole and self._asks_for_leases(queue, leases):
            is_whole = True
            queue, leases = self._bring(*KINDS)
        waiting = list(self._queued(queue, leases))
        if is_whole:
            waiting += self._left(leases, queue)
        random.shuffle(waiting)
        return [one for one in waiting if one.id.startswith(self.only or "")]

    def miss(self, one: Waiting) -> None:
        """It did not wait as it was seen. Where the queue does not change, its lease has."""
        self._missed[one.id] = one.queue

    def _bring(self, *kinds: str) -> tuple[dict[str, str], dict[str, str]]:
        """The queue and the leases, by the tasks' names; these kinds as they are now."""
        ctx = self.ctx
        specs = [f"+{KINDS[kind]}*:{layout.tracking(REMOTE, kind)}*" for kind in kinds]
        fetch(ctx.repo, ctx.wire, REMOTE, specs, prune=True)
        homes = {kind: layout.tracking(REMOTE, kind) for kind in KINDS}
        found = list(list_refs(ctx.repo, *homes.values()))
        queue, leases = (
            {ref.removeprefix(home): oid for ref, oid in found if ref.startswith(home)}
            for home in homes.values()
        )
        self._watched.update(self._reader, leases)
        if "lease" in kinds:
            self._missed.clear()
            pause = min([EVERY, *(self._watched.lease(name).seconds / BEATS for name in leases)])
            self._leases_due = ctx.clock.monotonic() + pause
        return queue, leases

    def _asks_for_leases(self, queue: dict[str, str], leases: Collection[str]) -> bool:
        """Whether something waits whose lease was there, or was in the way; or a run of this
        worker's is no more.
        """
        return any(
            name in leases or self._missed.get(name) == oid for name, oid in queue.items()
        ) or any(self._is_left(name) for name in leases)

    def _queued(self, queue: dict[str, str], leases: Collection[str]) -> Iterator[Waiting]:
        for name, oid in queue.items():
            if name not in leases and (id := _task(name)):
                yield Waiting(id, "queued", queue=oid)

    def _left(self, leases: dict[str, str], queue: dict[str, str]) -> Iterator[Waiting]:
        stale = set(self._watched.stale())
        for name, oid in leases.items():
            id, lease = _task(name), self._watched.lease(name)
            if id is None:
                continue
            if self._is_left(name):
                yield Waiting(id, "left", queue.get(name, ""), oid, lease.claim)
            elif name in stale and lease.clone != self.ctx.clone:
                yield Waiting(id, "stale", queue.get(name, ""), oid, lease.claim)

    def _is_left(self, name: str) -> bool:
        """Whether the task was claimed by this worker, and nothing here works on it."""
        id = _task(name)
        is_own = self._watched.lease(name).clone == self.ctx.clone
        if id is None or not is_own:
            return False
        return holder(layout.live_lock(self.ctx.repo, id)) is None


def _task(name: str) -> TaskId | None:
    try:
        return TaskId.parse(name)
    except ValueError:
        return None
