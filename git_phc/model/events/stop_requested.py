"""Somebody wants a run to end. Its holder sees this on the ref, and ends it."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class StopRequested(Body, frozen=True):
    """The run of this claim shall end; its work is kept."""

    claim: EventId

    TYPE: ClassVar[str] = "stop_requested"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.event("claim"))

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return run_says(self.claim, stamp, {"stop": {"who": stamp.who, "clone": stamp.clone}})

    def subject(self) -> str:
        return "stop"


BODY = StopRequested
