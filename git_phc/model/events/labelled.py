"""Labels were put on a task or taken off."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, one_line
from git_phc.model.ids import EventId
from git_phc.model.state import Cell, Stamp, State, Write
from git_phc.model.text import clean


class Labelled(Body, frozen=True):
    """Labels put on, labels taken off. A removal names the adds that it saw (`over`)."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    TYPE: ClassVar[str] = "labelled"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        add, remove = data.texts("add", 100), data.texts("remove", 100)
        if not all(name and clean(name) == name for name in (*add, *remove)):
            raise NotCanonical("a label is one line of text")
        return cls(add, remove)

    def data(self) -> dict[str, Json]:
        return {"add": self.add or None, "remove": self.remove or None}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        added = {name: Cell({stamp.id: Write(stamp, True)}) for name in self.add}
        removed = {name: Cell({}, over) for name in self.remove if name not in added}
        return State(last=stamp, labels=added | removed)

    def replaces(self, state: State) -> frozenset[EventId]:
        seen = [state.labels[name].live for name in self.remove if name in state.labels]
        return frozenset(id for live in seen for id in live)

    def subject(self) -> str:
        words = [f"+{name}" for name in self.add] + [f"-{name}" for name in self.remove]
        return one_line("label: " + " ".join(words))


BODY = Labelled
