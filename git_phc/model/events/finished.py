"""A task was marked done, or the mark was taken back."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, cells_say, live_writes
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Finished(Body, frozen=True):
    """The task is done, as of the claim numbered `after`; a later claim reopens it.

    `after` None takes the mark back.
    """

    after: int | None

    TYPE: ClassVar[str] = "finished"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(None if data.number_or_none("after") is None else data.count("after"))

    def data(self) -> dict[str, Json]:
        return {"after": self.after}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return State(last=stamp, cells=cells_say({"done": self.after}, stamp, over))

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, ["done"])

    def subject(self) -> str:
        return "undo: done" if self.after is None else "done"


BODY = Finished
