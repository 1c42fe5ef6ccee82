"""The root of a task. It holds no text, so that the task's id tells nothing of the prompt."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, stamped
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Created(Body, frozen=True):
    """A task began. Author, time and nonce stand in the envelope."""

    TYPE: ClassVar[str] = "created"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls()

    def data(self) -> dict[str, Json]:
        return {}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return State(last=stamp, root=stamped(stamp))

    def subject(self) -> str:
        return "create"


BODY = Created
