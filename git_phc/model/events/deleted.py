"""A task was deleted, or brought back. Nothing is removed: it is a tombstone."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, cells_say, live_writes
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Deleted(Body, frozen=True):
    """The task is deleted, or no longer."""

    deleted: bool

    TYPE: ClassVar[str] = "deleted"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(data.flag("deleted"))

    def data(self) -> dict[str, Json]:
        return {"deleted": self.deleted}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return State(last=stamp, cells=cells_say({"deleted": self.deleted}, stamp, over))

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, ["deleted"])

    def subject(self) -> str:
        return "delete" if self.deleted else "undo: delete"


BODY = Deleted
