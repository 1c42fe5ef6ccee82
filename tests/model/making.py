"""Tasks and events for the tests of the model: fixed people, times and nonces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from git_phc.model.codec import Json, encode
from git_phc.model.event import Actor, Event, make_event, parse_event
from git_phc.model.events.body import Body, Fields, present
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.ids import EventId, TaskId
from git_phc.model.snapshot import scalars
from git_phc.model.state import Stamp, State
from git_phc.model.task import Task

B = TypeVar("B", bound=Body)

ONE, TWO, THREE = (EventId(digit * 64) for digit in "123")
COMMIT = "c" * 40
AT = "2026-01-02T03:04:05Z"
STAMP = Stamp(7, ONE, AT, "clone", "Ada <ada@example.com>")
ORDER: dict[str, Json] = {"clock": 7, "id": ONE, "at": AT}
STAMPED = {**ORDER, "who": STAMP.who, "clone": "clone"}
LONG = "x" * 100_000
# What no field takes in place of a text, a number, a flag, a list or an object.
NO_TEXT: tuple[Any, ...] = (1, True, [], {}, ["x"], {"x": "y"}, LONG)
NO_NUMBER: tuple[Any, ...] = ("1", True, False, [], {})
NO_FLAG: tuple[Any, ...] = (None, 0, 1, "true", [], {})
NO_EVENT: tuple[Any, ...] = (*NO_TEXT, "", "1" * 63, "1" * 65, "G" * 64, "1" * 64 + "\n")


def parsed(kind: type[B], data: Mapping[str, Json]) -> B:
    """The body of these fields."""
    return kind.parse(Fields(data))


def written(body: Body) -> dict[str, Json]:
    """The fields as the event holds them, after a way through bytes."""
    data: dict[str, Json] = json.loads(encode(present(body.data())))
    return data


class Clone:
    """One clone's knowledge of a task: it says events in sight of what it knows, and hears."""

    def __init__(self, name: str = "clone", knows: Iterable[Event] = ()) -> None:
        self.actor = Actor("Ada", "ada@example.com", name)
        self.events: dict[EventId, Event] = {}
        self.state = State()
        self.hear(knows)

    def say(self, *bodies: Body) -> Event:
        """Says them one after the other; the last event."""
        event: Event | None = None
        for body in bodies:
            event = make_event(
                body,
                state=self.state,
                task=None if isinstance(body, Created) else self.id,
                actor=self.actor,
                at=AT,
                nonce=f"{self.actor.clone} {len(self.events)}",
            )
            self.hear([event])
        assert event
        return event

    def hear(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.id not in self.events:
                self.events[event.id] = event
                self.state.absorb(event.says())

    def fork(self, name: str) -> Clone:
        return Clone(name, self.events.values())

    @property
    def id(self) -> TaskId:
        return next(iter(self.events.values())).task_id

    @property
    def root(self) -> EventId:
        return next(iter(self.events))

    @property
    def task(self) -> Task:
        return Task(json.loads(encode(scalars(self.id, self.state))))


START: dict[str, Json] = {
    "title": "Fix it",
    "mode": "worktree",
    "agent": "claude",
    "autonomy": "ask",
}


def started(*bodies: Body) -> Clone:
    """A clone with a new task of which `bodies` were said."""
    clone = Clone()
    clone.say(Created(), Edited(START), *bodies)
    return clone


def again(event: Event) -> Event:
    """The same event, from its bytes."""
    return parse_event(event.bytes)
