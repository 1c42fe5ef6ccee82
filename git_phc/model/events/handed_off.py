"""A task at rest was handed to another place, or another person."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import (
    Body,
    Fields,
    cells_say,
    live_writes,
    one_line,
    present,
    run_says,
)
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class HandedOff(Body, frozen=True):
    """The giver of a claim that has ended says who shall take the task next.

    Attributes:
        claim: the last claim; the root's id where there was none.
        to: "cloud", "worktree", "local", or a person's e-mail address. None takes it back.
        reason: why nobody has taken it yet, where somebody would not.
    """

    claim: EventId
    to: str | None
    reason: str | None = None

    TYPE: ClassVar[str] = "handed_off"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        reason = data.text_or_none("reason", 4000)
        return cls(data.event("claim"), data.text_or_none("to", 300), reason)

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, "to": self.to, "reason": self.reason}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        state = State(last=stamp, cells=cells_say({"handoff": self.to}, stamp, over))
        if self.to is not None:
            status = present({"status": "queued", "to": self.to, "reason": self.reason})
            state.runs = run_says(self.claim, stamp, {"status": status}).runs
        return state

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, ["handoff"])

    def subject(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return one_line(f"hand off: {self.to}{why}" if self.to else "take back")


BODY = HandedOff
