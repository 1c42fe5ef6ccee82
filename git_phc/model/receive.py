"""Judges what comes from a remote: nothing of it is believed, all of it is worked out again.

A task's history is a graph of commits. A commit with one parent, or none, holds an event; one
with two parents is a join and holds none. `Receipt` takes the commits of one task, parents
first, and answers with the state that their events make: whoever offers a snapshot beside them
must offer that one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct, field

from git_phc.model.codec import Json, NotCanonical, decode
from git_phc.model.event import JUMP, Event, parse_event, parse_time
from git_phc.model.events.created import Created
from git_phc.model.ids import TaskId, event_id_from_bytes, task_id_from_root
from git_phc.model.state import State
from git_phc.model.task import RunView, Task
from git_phc.model.text import Text


class Unfit(Exception):
    """Why a task's history is not adopted, as the end of a sentence: "it …"."""


class Link(Struct, frozen=True):
    """One commit of a history, as far as it matters: its name, its tree and its parents."""

    oid: str
    tree: str
    parents: tuple[str, ...]


Graph = Mapping[str, Link]


# The graph


def ancestry(graph: Graph, *tips: str) -> set[str]:
    """The commits that the tips reach, themselves included, as far as the graph goes."""
    found: set[str] = set()
    ahead = [tip for tip in tips if tip in graph]
    while ahead:
        oid = ahead.pop()
        if oid not in found:
            found.add(oid)
            ahead.extend(parent for parent in graph[oid].parents if parent in graph)
    return found


def roots(graph: Graph) -> dict[str, str | None]:
    """For each commit the one without parents that it comes from; None where there are two.

    The graph's order is parents first.
    """
    found: dict[str, str | None] = {}
    for link in graph.values():
        before = {found.get(parent) for parent in link.parents} or {link.oid}
        found[link.oid] = before.pop() if len(before) == 1 else None
    return found


# The events


def check_root(id: TaskId, data: bytes) -> None:
    """Raises Unfit where a root event is not that of the task of this name."""
    if task_id_from_root(event_id_from_bytes(data)) != id:
        raise Unfit("begins with the root of another task")


class Receipt(Struct):
    """What one task's commits say, taken one by one, parents first.

    Attributes:
        clone: the name of the clone that receives; "" to take also what is in its own name.
        ours: the commits that this clone had.
    """

    id: TaskId
    state: State = field(default_factory=State)
    texts: set[str] = field(default_factory=set)
    clone: str = ""
    ours: Collection[str] = ()
    _clocks: dict[str, int] = field(default_factory=dict)

    def take(self, link: Link, data: bytes | None) -> None:
        """The next commit, and its event. Raises Unfit, and NewerVersion."""
        before = [self._clock_of(parent) for parent in link.parents]
        if len(before) > 1:
            self._clocks[link.oid] = self._join(link, before, data)
            return
        if data is None:
            raise Unfit(f"has a commit without an event ({link.oid[:12]})")
        event = self._parsed(data)
        self._check(event, before[0] if before else None)
        if self.clone and event.actor.clone == self.clone and link.oid not in self.ours:
            raise Unfit(
                "holds an event in this clone's name that this clone did not make; "
                f"if it has lost its own, it takes them by name: git phc pull {self.id.short}"
            )
        if b'"sha256"' in data:
            self.texts.update(texts_of(data))
        self.state.absorb(event.says())
        self._clocks[link.oid] = event.clock

    def _clock_of(self, parent: str) -> int:
        if parent not in self._clocks:
            raise Unfit(f"follows a commit that is not there ({parent[:12]})")
        return self._clocks[parent]

    def _join(self, link: Link, before: list[int], data: bytes | None) -> int:
        if data is not None:
            raise Unfit(f"has a join with an event of its own ({link.oid[:12]})")
        if len(before) > 2 or list(link.parents) != sorted(set(link.parents)):
            raise Unfit(f"has a join of parents in no order ({link.oid[:12]})")
        return max(before)

    def _parsed(self, data: bytes) -> Event:
        try:
            return parse_event(data)
        except NotCanonical as error:
            raise Unfit(f"holds an event that is none: {error}") from error

    def _check(self, event: Event, before: int | None) -> None:
        if event.task_id != self.id:
            raise Unfit("holds an event of another task")
        if isinstance(event.body, Created) != (before is None):
            raise Unfit("does not begin with its root")
        if not (before or 0) < event.clock <= (before or 0) + JUMP:
            raise Unfit(f"holds an event whose clock cannot be {event.clock}")


def texts_of(event: bytes) -> Iterator[str]:
    """The names of the long texts that an event holds by their beginning, wherever they stand."""
    return _texts(decode(event))


def _texts(value: Json) -> Iterator[str]:
    inner: Iterable[Json] = ()
    if isinstance(value, Mapping):
        try:
            if name := Text.parse(dict(value)).sha256:
                yield name
        except NotCanonical:
            inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    for one in inner:
        yield from _texts(one)


# What a later version has written


def can_be_shown(id: TaskId, data: bytes) -> bool:
    """Whether a task.json that cannot be checked is at least one that every command can read."""
    try:
        task = Task(json.loads(data))
        views = [(Task, task), *([(RunView, task.run)] if task.run else [])]
        for kind, view in views:
            for name, part in vars(kind).items():
                if isinstance(part, property):
                    getattr(view, name)
        times = [parse_time(at) for at in (task.created, task.updated, task.since)]
        changes = (task.checkpoint or {}).get("changes") or {}
        return task.id == id and len(times) == 3 and all(type(n) is int for n in changes.values())
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False
