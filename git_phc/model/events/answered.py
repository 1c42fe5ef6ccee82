"""Somebody answered what the agent asked."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, log_says, one_line, present
from git_phc.model.ids import EventId
from git_phc.model.state import Item, Stamp, State
from git_phc.model.text import Text

WITHDRAWN = "withdrawn by the agent"  # the name of an answer that nobody gave


def withdraws(item: Item) -> bool:
    """Whether an item of `answers` says nothing but that the question is asked no more."""
    return item.get("option") is None and item.get("text") is None


class Answered(Body, frozen=True):
    """The answer to one question; or that its agent has taken it back: neither option nor text.

    Attributes:
        ask: the id of the `Asked` event.
        option: the id of the option that was chosen, or None.
        name: that option's name, so that the diary can be read alone.
        text: words for the agent, or None.
    """

    ask: EventId
    option: str | None = None
    name: str | None = None
    text: Text | None = None

    TYPE: ClassVar[str] = "answered"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(
            data.event("ask"),
            data.text_or_none("option"),
            data.text_or_none("name"),
            data.long_text_or_none("text"),
        )

    def data(self) -> dict[str, Json]:
        return {
            "ask": self.ask,
            "option": self.option,
            "name": self.name,
            "text": self.text.json if self.text else None,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return log_says("answers", present(self.data()), stamp)

    def subject(self) -> str:
        said = self.name or self.option or (self.text.head if self.text else "")
        return one_line(f"answer: {said}")


BODY = Answered
