"""Somebody said something to the agent: the prompt, and every follow-up."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, log_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State
from git_phc.model.text import Text, clean, shorten


class Messaged(Body, frozen=True):
    """A message for the agent. Delivered in the order of the messages' stamps."""

    text: Text

    TYPE: ClassVar[str] = "messaged"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.long_text("text"))

    def data(self) -> dict[str, Json]:
        return {"text": self.text.json}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return log_says("messages", {"text": self.text.json}, stamp)

    def subject(self) -> str:
        return "message: " + shorten(clean(self.text.head[:1000]), 60)


BODY = Messaged
