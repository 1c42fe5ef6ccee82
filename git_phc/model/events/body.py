"""What every event's body is: fields, checks, and the small state that it says."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from msgspec import Struct

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.ids import EventId
from git_phc.model.runs import Mark, Run
from git_phc.model.state import Cell, Item, Stamp, State, Write
from git_phc.model.text import Text, clean, shorten


class Body(Struct, frozen=True):
    """What an event says. Frozen; a subclass is one kind of event.

    `TYPE` is the kind's name in the record, in the past tense.
    """

    TYPE: ClassVar[str]

    @classmethod
    @abstractmethod
    def parse(cls, data: Fields) -> Self:
        """The body that `data` holds. Raises NotCanonical for what this kind does not allow.

        Fields that are not asked for are passed over: a later version may add some.
        """

    @abstractmethod
    def data(self) -> dict[str, Json]:
        """The fields as JSON, None for those that say nothing."""

    @abstractmethod
    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        """The state that this event alone stands for; joined into the task's."""

    @abstractmethod
    def subject(self) -> str:
        """One line for the task's diary."""

    def replaces(self, state: State) -> frozenset[EventId]:
        """The writes in `state` that this body, made in their sight, takes the place of."""
        return frozenset()


class Fields:
    """A checked look at a JSON object; each method raises NotCanonical for another type."""

    def __init__(self, data: Mapping[str, Json]) -> None:
        self._data = data

    def text(self, name: str, longest: int = 1000) -> str:
        value = self._data.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise NotCanonical(f"{name} is no text of at most {longest} characters")
        return value

    def text_or_none(self, name: str, longest: int = 1000) -> str | None:
        return None if self._data.get(name) is None else self.text(name, longest)

    def number(self, name: str) -> int:
        value = self._data.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotCanonical(f"{name} is no number")
        return value

    def number_or_none(self, name: str) -> int | None:
        return None if self._data.get(name) is None else self.number(name)

    def count(self, name: str) -> int:
        value = self.number(name)
        if value < 0:
            raise NotCanonical(f"{name} is below zero")
        return value

    def flag(self, name: str) -> bool:
        value = self._data.get(name)
        if not isinstance(value, bool):
            raise NotCanonical(f"{name} is neither true nor false")
        return value

    def event(self, name: str) -> EventId:
        try:
            return EventId.parse(self.text(name))
        except ValueError as error:
            raise NotCanonical(str(error)) from error

    def event_or_none(self, name: str) -> EventId | None:
        return None if self._data.get(name) is None else self.event(name)

    def events(self, name: str) -> tuple[EventId, ...]:
        try:
            return tuple(EventId.parse(word) for word in self.texts(name))
        except ValueError as error:
            raise NotCanonical(str(error)) from error

    def object_id(self, name: str) -> str:
        """The name of a git object: no word that git could take for an option."""
        value = self.text(name)
        if not is_object_id(value):
            raise NotCanonical(f"{name} is no object id")
        return value

    def object_id_or_none(self, name: str) -> str | None:
        return None if self._data.get(name) is None else self.object_id(name)

    def texts(self, name: str, longest: int = 1000) -> tuple[str, ...]:
        value = self._data.get(name, ())
        if not isinstance(value, list | tuple):
            raise NotCanonical(f"{name} is no list")
        if not all(isinstance(item, str) and len(item) <= longest for item in value):
            raise NotCanonical(f"{name} holds something that is no short text")
        return tuple(str(item) for item in value)

    def objects(self, name: str, most: int) -> tuple[Mapping[str, Json], ...]:
        value = self._data.get(name, ())
        if not isinstance(value, list | tuple) or len(value) > most:
            raise NotCanonical(f"{name} is no list of at most {most}")
        found = tuple(item for item in value if isinstance(item, Mapping))
        if len(found) != len(value):
            raise NotCanonical(f"{name} holds something that is no object")
        return found

    def long_text(self, name: str) -> Text:
        return Text.parse(self._data.get(name))

    def long_text_or_none(self, name: str) -> Text | None:
        return None if self._data.get(name) is None else self.long_text(name)

    def object(self, name: str) -> Mapping[str, Json]:
        value = self._data.get(name)
        if not isinstance(value, Mapping):
            raise NotCanonical(f"{name} is no object")
        return value

    def object_or_none(self, name: str) -> Mapping[str, Json] | None:
        return None if self._data.get(name) is None else self.object(name)


def is_object_id(value: Json) -> bool:
    return isinstance(value, str) and _OBJECT_ID.fullmatch(value) is not None


_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def one_line(text: str) -> str:
    """Words of others as they may stand in a subject: they cannot begin a line of their own."""
    return shorten(clean(text[:1000]), 100)


# The small states that bodies say


def cells_say(
    values: Mapping[str, Json], stamp: Stamp, over: frozenset[EventId]
) -> dict[str, Cell]:
    """One write of each field, in the place of what `over` names."""
    return {name: Cell({stamp.id: Write(stamp, value)}, over) for name, value in values.items()}


def log_says(name: str, item: Item, stamp: Stamp) -> State:
    """One more item of a log."""
    return State(last=stamp, logs={name: {stamp.id: {**item, **stamped(stamp)}}})


def run_says(
    claim: EventId,
    stamp: Stamp,
    parts: Mapping[str, Mapping[str, Json]],
    delivered: Sequence[EventId] = (),
) -> State:
    """Marks of one run."""
    marks: dict[str, Mark] = {name: {**part, **order(stamp)} for name, part in parts.items()}
    return State(last=stamp, runs={claim: Run(marks, frozenset(delivered))})


def order(stamp: Stamp) -> dict[str, Json]:
    """A stamp's order and time, as they stand in a mark."""
    return {"clock": stamp.clock, "id": stamp.id, "at": stamp.at}


def stamped(stamp: Stamp) -> dict[str, Json]:
    """A stamp as it stands in an item of a log."""
    return {**order(stamp), "who": stamp.who, "clone": stamp.clone}


def live_writes(state: State, fields: Sequence[str]) -> frozenset[EventId]:
    """The ids of the writes that a write of these fields takes the place of."""
    return frozenset(id for name in fields if name in state.cells for id in state.cells[name].live)


def present(data: Mapping[str, Json]) -> dict[str, Json]:
    """`data` without the fields that say nothing."""
    return {name: value for name, value in data.items() if value is not None}
