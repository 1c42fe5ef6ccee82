"""A claim: somebody takes the task, to run it. A claim lasts for one run, and names it."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, one_line, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Claimed(Body, frozen=True):
    """The holder takes the task.

    Attributes:
        n: the former claim's number and one.
        after: the claim that this one follows; None for the first.
        host: the name of the computer, for people.
        mode: where this run works; a handoff may move it.
    """

    n: int
    after: EventId | None
    host: str
    mode: str

    TYPE: ClassVar[str] = "claimed"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        body = cls(
            data.number("n"),
            data.event_or_none("after"),
            data.text("host", 300),
            data.text("mode", 20),
        )
        if body.n < 1 or (body.n == 1) != (body.after is None):
            raise NotCanonical(f"claim {body.n} does not follow {body.after}")
        return body

    def data(self) -> dict[str, Json]:
        return {"n": self.n, "after": self.after, "host": self.host, "mode": self.mode}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        claim = {**self.data(), "clone": stamp.clone, "who": stamp.who}
        return run_says(stamp.id, stamp, {"claim": claim, "status": {"status": "queued"}})

    def subject(self) -> str:
        return one_line(f"claim {self.n}: {self.host}, {self.mode}")


BODY = Claimed
