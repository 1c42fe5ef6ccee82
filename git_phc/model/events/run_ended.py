"""A run is over, and its claim is free."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, one_line, present, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State

OUTCOMES = ("ready", "failed", "cancelled", "waiting")


class RunEnded(Body, frozen=True):
    """How the run of a claim ended.

    Attributes:
        outcome: the status that the task is left in.
        exit_code: of the agent's last turn, where it is a program's.
        reason: one sentence for people, or None.
    """

    claim: EventId
    outcome: str
    exit_code: int | None = None
    reason: str | None = None

    TYPE: ClassVar[str] = "run_ended"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        outcome = data.text("outcome", 20)
        if outcome not in OUTCOMES:
            raise NotCanonical(f"a run cannot end as {outcome!r}")
        code, reason = data.number_or_none("exit_code"), data.text_or_none("reason", 4000)
        return cls(data.event("claim"), outcome, code, reason)

    def data(self) -> dict[str, Json]:
        return {
            "claim": self.claim,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "reason": self.reason,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        ended = {"outcome": self.outcome, "exit_code": self.exit_code, "reason": self.reason}
        status = {"status": self.outcome, "reason": self.reason}
        return run_says(self.claim, stamp, {"status": present(status), "ended": present(ended)})

    def subject(self) -> str:
        return one_line(f"{self.outcome}: {self.reason}" if self.reason else self.outcome)


BODY = RunEnded
