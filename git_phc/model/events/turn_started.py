"""The agent was given messages, and works on them."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, log_says
from git_phc.model.ids import EventId
from git_phc.model.runs import Run
from git_phc.model.state import Stamp, State


class TurnStarted(Body, frozen=True):
    """A turn: the messages that the agent is given for it, and the turn's number."""

    claim: EventId
    turn: int
    messages: tuple[EventId, ...]

    TYPE: ClassVar[str] = "turn_started"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.event("claim"), data.count("turn"), data.events("messages"))

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, "turn": self.turn, "messages": self.messages}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        state = log_says("turns", {"claim": self.claim, "turn": self.turn}, stamp)
        state.runs[self.claim] = Run({}, frozenset(self.messages))
        return state

    def subject(self) -> str:
        return f"turn {self.turn}"


BODY = TurnStarted
