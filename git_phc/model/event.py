"""An event: an envelope around a body, and its canonical bytes.

The bytes are the event. They are kept as they came, so that fields which this version does
not know stay in place, and the id (the hash of the bytes) stays right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from git_phc.errors import NewerVersion, Refused
from git_phc.model.codec import Json, NotCanonical, decode, encode
from git_phc.model.events import KINDS
from git_phc.model.events.body import Body, Fields, present
from git_phc.model.events.created import Created
from git_phc.model.ids import EventId, TaskId, event_id_from_bytes, task_id_from_root
from git_phc.model.state import Stamp, State
from git_phc.model.text import clean, shorten

VERSION = 1
LONGEST = 1024 * 1024  # bytes of one event; its long texts stand beside it
JUMP = 1_000_000  # how far a clock may be ahead of its parents'


class Actor(Struct, frozen=True):
    """Who acts: a person as git knows them, in one clone of the repository."""

    name: str
    email: str
    clone: str

    @property
    def who(self) -> str:
        return f"{self.name} <{self.email}>"


class Event(Struct, frozen=True):
    """One thing that happened to a task.

    Attributes:
        task: None in the root event, whose own hash names the task.
        clock: Lamport's: above every event that its author had seen.
        at: RFC 3339 UTC, for display; never for order.
        nonce: makes two equal acts two events.
        over: the writes that this one takes the place of.
    """

    body: Body
    task: TaskId | None
    clock: int
    actor: Actor
    at: str
    nonce: str
    over: frozenset[EventId]
    bytes: bytes

    @property
    def id(self) -> EventId:
        return event_id_from_bytes(self.bytes)

    @property
    def task_id(self) -> TaskId:
        return self.task or task_id_from_root(self.id)

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.clock, self.id, self.at, self.actor.clone, self.actor.who)

    def says(self) -> State:
        """The state that this event alone stands for."""
        return self.body.says(self.stamp, self.over)


def make_event(
    body: Body, *, state: State, task: TaskId | None, actor: Actor, at: str, nonce: str
) -> Event:
    """The event that says `body`, made in sight of `state`.

    Raises Refused for what `parse_event` would not read back: once it were written, nobody
    could read the task any more.
    """
    over = body.replaces(state)
    clock = state.clock + 1
    person = {"clone": actor.clone, "email": actor.email, "name": actor.name}
    envelope: dict[str, Json] = {
        "v": VERSION,
        "type": body.TYPE,
        "task": task,
        "clock": clock,
        "actor": person,
        "at": at,
        "nonce": nonce,
        "over": sorted(over) or None,
        "data": present(body.data()) or None,
    }
    try:
        return parse_event(encode(present(envelope)))
    except NotCanonical as error:
        raise Refused(f"this cannot be recorded: {error}") from error


def parse_event(data: bytes) -> Event:
    """The event of these bytes.

    Raises NotCanonical for bytes that no version would write, NewerVersion for an event
    that a later one has written.
    """
    if len(data) > LONGEST:
        raise NotCanonical(f"an event of {len(data)} bytes is too long")
    value = decode(data)
    if not isinstance(value, Mapping):
        raise NotCanonical("an event is an object")
    fields = Fields(value)
    body = _kind(fields).parse(Fields(fields.object_or_none("data") or {}))
    return Event(
        body=body,
        task=_task(fields, body),
        clock=_clock(fields),
        actor=_actor(Fields(fields.object("actor"))),
        at=parse_time(fields.text("at")),
        nonce=fields.text("nonce", 64),
        over=frozenset(fields.events("over")),
        bytes=data,
    )


def _kind(fields: Fields) -> type[Body]:
    version = fields.number("v")
    if version < 1:
        raise NotCanonical(f"there is no version {version}")
    if version > VERSION:  # whose other fields are not ours to judge
        raise _newer(f"v{version}")
    name = fields.text("type")
    kind = KINDS.get(name)
    if kind is None:
        raise _newer(f"v{version}, {shorten(clean(name), 40)}")
    return kind


def _newer(what: str) -> NewerVersion:
    return NewerVersion(
        f"this task holds an event of a newer version ({what})",
        "Update git phc; until then the task can be read and carried, not changed",
    )


def _task(fields: Fields, body: Body) -> TaskId | None:
    if isinstance(body, Created):
        return None
    try:
        return TaskId.parse(fields.text("task"))
    except ValueError as error:
        raise NotCanonical(str(error)) from error


def _clock(fields: Fields) -> int:
    clock = fields.number("clock")
    if clock < 1:
        raise NotCanonical("a clock begins at 1")
    return clock


def _actor(fields: Fields) -> Actor:
    return Actor(fields.text("name"), fields.text("email"), fields.text("clone", 64))


def parse_time(at: str) -> str:
    """The time itself. Raises NotCanonical for what is none in UTC."""
    if not _RFC3339.fullmatch(at):
        raise NotCanonical("at is no time in UTC")
    try:
        # Who shows it need not fear a 30 February. Not fromisoformat: what it takes differs
        # between versions of Python, and an event must be good or bad for all alike.
        datetime(*_numbers(at), tzinfo=UTC)
    except ValueError as error:
        raise NotCanonical(f"at is no time: {error}") from error
    return at


def _numbers(at: str) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second = map(int, re.split("[-T:]", at[:19]))
    return year, month, day, hour, minute, second


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
