"""The holder of a claim says that something was denied to its run."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, one_line, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State

LONGEST = 300  # characters of what, and of why


class Denied(Body, frozen=True):
    """The latest of what was denied; each `Denied` of a run takes the place of the one before.

    Attributes:
        what: a host and port, or what else it wanted.
        why: one sentence.
        times: how often anything was denied to the run so far.
    """

    claim: EventId
    what: str
    why: str
    times: int = 1

    TYPE: ClassVar[str] = "denied"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(
            data.event("claim"),
            data.text("what", LONGEST),
            data.text("why", LONGEST),
            data.count("times"),
        )

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, **self._mark()}

    def _mark(self) -> dict[str, Json]:
        return {"what": self.what, "why": self.why, "times": self.times}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return run_says(self.claim, stamp, {"denied": self._mark()})

    def subject(self) -> str:
        return one_line(f"denied: {self.what}: {self.why}")


BODY = Denied
