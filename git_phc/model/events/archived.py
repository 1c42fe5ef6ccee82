"""A task was put away without a verdict, or brought back."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, cells_say, live_writes
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Archived(Body, frozen=True):
    """The task is archived, or no longer."""

    archived: bool

    TYPE: ClassVar[str] = "archived"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.flag("archived"))

    def data(self) -> dict[str, Json]:
        return {"archived": self.archived}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return State(last=stamp, cells=cells_say({"archived": self.archived}, stamp, over))

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, ["archived"])

    def subject(self) -> str:
        return "archive" if self.archived else "undo: archive"


BODY = Archived
