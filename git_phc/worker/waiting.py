"""What there is to do at a remote: tasks that wait in its queue, and those whose worker is gone."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from git_phc.git.objects import Reader
from git_phc.git.refs import list_refs
from git_phc.git.remote import fetch
from git_phc.host.lock import holder
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.leases import Watched
from git_phc.worker.home import REMOTE

Why = Literal["queued", "left", "stale"]
KINDS = {"queue": layout.QUEUE, "lease": layout.LEASE}


@dataclass(frozen=True, slots=True)
class Waiting:
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


@dataclass
class Lookout:
    """Looks at the remote again and again: one small fetch each time."""

    ctx: Context
    only: str | None = None
    _watched: Watched = field(init=False)
    _reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self._watched = Watched(self.ctx.clock.monotonic)
        self._reader = self.ctx.reader or Reader(self.ctx.repo)

    def look(self) -> list[Waiting]:
        """What may be claimed now, in no order, so that many workers do not keep step. Raises
        RemoteFailed.
        """
        ctx = self.ctx
        specs = [f"+{there}*:{layout.tracking(REMOTE, kind)}*" for kind, there in KINDS.items()]
        fetch(ctx.repo, ctx.wire, REMOTE, specs, prune=True)
        homes = {kind: layout.tracking(REMOTE, kind) for kind in KINDS}
        found = list(list_refs(ctx.repo, *homes.values()))
        queue, leases = (
            {ref.removeprefix(home): oid for ref, oid in found if ref.startswith(home)}
            for home in homes.values()
        )
        self._watched.update(self._reader, leases)
        waiting = [*self._queued(queue, leases), *self._left(leases, queue)]
        random.shuffle(waiting)
        return [one for one in waiting if one.id.startswith(self.only or "")]

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
            is_own = lease.clone == self.ctx.clone
            if is_own and holder(layout.live_lock(self.ctx.repo, id)) is None:
                yield Waiting(id, "left", queue.get(name, ""), oid, lease.claim)
            elif name in stale and not is_own:
                yield Waiting(id, "stale", queue.get(name, ""), oid, lease.claim)


def _task(name: str) -> TaskId | None:
    try:
        return TaskId.parse(name)
    except ValueError:
        return None
