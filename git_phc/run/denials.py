"""What the proxy tells of a run's requests, for the log and the task's ref.

The proxy tells from another thread, and a hostile run can make it tell without end. So what is
heard is counted, each host is named once, and only the first few become events.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from git_phc.model.events.denied import LONGEST, Denied
from git_phc.model.ids import EventId
from git_phc.plugins.records import Record

if TYPE_CHECKING:  # it brings asyncio, of which a run without a sandbox has no need
    from git_phc.proxy.server import Visit

NAMED = 500  # hosts that are named in the log of a run
EVENTS = 20  # that a run makes of what was denied


class Denials:
    """Hears of requests, and passes on what is new."""

    def __init__(self, claim: EventId, *, tells_all: bool) -> None:
        self._claim, self._tells_all = claim, tells_all
        self._lock = Lock()
        self._known: set[tuple[str, int, bool]] = set()
        self._new: deque[Visit] = deque()
        self._last: tuple[str, str] | None = None
        self._times = self._said = self._events = 0

    def hear(self, visit: Visit) -> None:
        """A request was judged. May be called from any thread."""
        with self._lock:
            self._times += visit.refused is not None
            key = (visit.host, visit.port, visit.refused is None)
            if key in self._known or len(self._known) >= NAMED:
                return
            if visit.refused is not None or self._tells_all:
                self._known.add(key)
                self._new.append(visit)

    def tell(self, write: Callable[[Record], None], append: Callable[[Denied], object]) -> None:
        """Passes on what was heard since: each host to the log, the first few as events."""
        while self._new:
            visit = self._new.popleft()
            place = f"{visit.host}:{visit.port}"
            if visit.refused is None:
                write({"kind": "note", "text": f"reached {place}", "reached": place})
                continue
            write({"kind": "note", "text": f"denied {place}: {visit.refused}", "denied": place})
            self._last = (place[:LONGEST], visit.refused[:LONGEST])
            if self._events < EVENTS:
                self._say(append, *self._last)

    def add(self, what: str, why: str, append: Callable[[Denied], object]) -> None:
        """Something else than a request was denied."""
        with self._lock:
            self._times += 1
        self._last = (what[:LONGEST], why[:LONGEST])
        if self._events < EVENTS:
            self._say(append, *self._last)

    def close(self, append: Callable[[Denied], object]) -> None:
        """The run is about to end: the last event has the number of all."""
        if self._last and self._said != self._times:
            self._say(append, *self._last)

    def _say(self, append: Callable[[Denied], object], what: str, why: str) -> None:
        self._events += 1
        self._said = self._times
        append(Denied(self._claim, what, why, self._said))
