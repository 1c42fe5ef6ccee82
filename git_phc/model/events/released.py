"""A holder gives its claim back without an outcome; the task waits for the next one."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, one_line, present, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Released(Body, frozen=True):
    """The claim is free again, and the task queued, for the sake of `reason`."""

    claim: EventId
    reason: str | None = None

    TYPE: ClassVar[str] = "released"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.event("claim"), data.text_or_none("reason", 4000))

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, "reason": self.reason}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        parts = {
            "status": present({"status": "queued", "reason": self.reason}),
            "ended": present({"outcome": "released", "reason": self.reason}),
        }
        return run_says(self.claim, stamp, parts)

    def subject(self) -> str:
        return one_line(f"release: {self.reason}" if self.reason else "release")


BODY = Released
