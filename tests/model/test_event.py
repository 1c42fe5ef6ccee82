from __future__ import annotations

import json
from typing import Any

import pytest

from git_phc.errors import NewerVersion, Refused
from git_phc.model.codec import LARGEST, NotCanonical, encode
from git_phc.model.event import LONGEST, Actor, Event, make_event, parse_event
from git_phc.model.events import KINDS
from git_phc.model.events.body import Body
from git_phc.model.events.created import Created
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.ids import event_id_from_bytes, task_id_from_root
from git_phc.model.state import Stamp, State
from git_phc.model.text import Text
from tests.model.making import AT, LONG, NO_EVENT, NO_NUMBER, NO_TEXT, ONE, TWO, Clone, started

ADA = Actor("Ada", "ada@example.com", "clone")
TASK = "k" * 32
ENVELOPE: dict[str, Any] = {
    "v": 1,
    "type": "deleted",
    "task": TASK,
    "clock": 3,
    "actor": {"clone": "clone", "email": "ada@example.com", "name": "Ada"},
    "at": AT,
    "nonce": "n",
    "data": {"deleted": True},
}


def with_field(name: str, value: object) -> bytes:
    """The envelope's bytes with another value in a field, `actor.x` for one of the actor."""
    body = json.loads(json.dumps(ENVELOPE))
    outer, _, inner = name.rpartition(".")
    place = body[outer] if outer else body
    if value is ...:
        del place[inner]
    else:
        place[inner] = value
    return encode(body)


def test_an_event_as_it_is_written() -> None:
    clone = Clone()
    root = clone.say(Created())
    assert root.bytes == (
        b'{"actor":{"clone":"clone","email":"ada@example.com","name":"Ada"},'
        b'"at":"2026-01-02T03:04:05Z","clock":1,"nonce":"clone 0","type":"created","v":1}'
    )
    assert root.id == event_id_from_bytes(root.bytes)
    assert root.task is None
    assert root.task_id == task_id_from_root(root.id) == clone.id
    first = clone.say(Deleted(deleted=True))
    second = clone.say(Deleted(deleted=False))
    assert second.bytes == (
        b'{"actor":{"clone":"clone","email":"ada@example.com","name":"Ada"},'
        b'"at":"2026-01-02T03:04:05Z","clock":3,"data":{"deleted":false},"nonce":"clone 2",'
        b'"over":["' + first.id.encode() + b'"],"task":"' + clone.id.encode() + b'",'
        b'"type":"deleted","v":1}'
    )
    assert second.task_id == clone.id
    assert second.stamp == Stamp(3, second.id, AT, "clone", "Ada <ada@example.com>")


def test_an_event_is_read_as_it_was_made() -> None:
    made = started().say(Edited({"title": "Other"}))
    assert parse_event(made.bytes) == made


def test_the_envelope_of_the_tables_below_is_good() -> None:
    event = parse_event(encode(ENVELOPE))
    assert event == Event(
        Deleted(deleted=True), event.task, 3, ADA, AT, "n", frozenset(), encode(ENVELOPE)
    )
    assert event.task == TASK


@pytest.mark.parametrize(
    "name",
    ["later", "data.later", "actor.later"],
)
def test_keys_of_a_later_version_are_kept(name: str) -> None:
    data = with_field(name, {"x": [1, "é"]})
    event = parse_event(data)
    assert event.bytes == data
    assert event.id == event_id_from_bytes(data) != event_id_from_bytes(encode(ENVELOPE))
    assert event.body == Deleted(deleted=True)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (with_field("v", 2), "v2"),
        (with_field("v", LARGEST), f"v{LARGEST}"),
        (encode({"v": 2}), "v2"),
        (encode({"v": 2, "type": ["x"], "data": 1}), "v2"),
        (with_field("type", "commented"), "v1, commented"),
        (with_field("type", ""), "v1, "),
        (with_field("type", "a\n\x1b[2Jb" + "c" * 900), "v1, a [2Jb" + "c" * 33 + "…"),
    ],
)
def test_a_later_version_is_told_from_damage(data: bytes, what: str) -> None:
    with pytest.raises(NewerVersion) as newer:
        parse_event(data)
    assert newer.value.message == f"this task holds an event of a newer version ({what})"


NO_LIST: tuple[Any, ...] = (None, 1, True, "x", {}, ONE, [1], [None], [[ONE]])
NO_OBJECT: tuple[Any, ...] = (1, True, "x", [], ["x"])
HOSTILE: list[tuple[str, object]] = [
    *(("v", value) for value in (*NO_NUMBER, None, 0, -1)),
    *(("type", value) for value in (*NO_TEXT, None)),
    *(("task", value) for value in (*NO_TEXT, None, "", "a" * 32, TASK + "k", TASK.upper())),
    *(("clock", value) for value in (*NO_NUMBER, None, 0, -1)),
    *(("actor", value) for value in (*NO_OBJECT, None)),
    *((f"actor.{name}", value) for name in ("name", "email", "clone") for value in NO_TEXT),
    *((f"actor.{name}", ...) for name in ("name", "email", "clone")),
    ("actor.clone", "x" * 65),
    *(("at", value) for value in (*NO_TEXT, None, "", "now", AT + "\n", AT[:-1], AT[:10])),
    ("at", "2026-01-02T03:04:05+00:00"),
    ("at", "2026-01-02t03:04:05z"),
    ("at", "2026-01-02T03:04:05.1234567Z"),
    ("at", "٢٠٢٦-٠١-٠٢T٠٣:٠٤:٠٥Z"),
    ("at", "2026-02-30T03:04:05Z"),
    ("at", "2026-13-01T03:04:05Z"),
    ("at", "2026-01-02T24:00:00Z"),
    ("at", "0000-01-01T00:00:00Z"),
    *(("nonce", value) for value in (*NO_TEXT, None, "x" * 65)),
    *(("over", value) for value in NO_LIST),
    *(("over", [value]) for value in NO_EVENT if isinstance(value, str)),
    *(("data", value) for value in NO_OBJECT),
    *((name, ...) for name in ("v", "type", "task", "clock", "actor", "at", "nonce", "data")),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE, ids=lambda value: repr(value)[:30])
def test_an_envelope_that_no_version_would_write_is_refused(name: str, value: object) -> None:
    with pytest.raises(NotCanonical) as refused:
        parse_event(with_field(name, value))
    assert len(str(refused.value)) < 1100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        encode(ENVELOPE) + b"\n",
        json.dumps(ENVELOPE, sort_keys=True).encode(),
        with_field("later", "x" * LONGEST),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_that_are_no_event(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse_event(data)


def test_fractions_of_a_second_are_a_time() -> None:
    assert parse_event(with_field("at", "2026-01-02T03:04:05.123456Z")).at.endswith(".123456Z")


def test_a_root_of_its_own_task_only() -> None:
    """A root may not name a task: whatever stands there, its own hash names it."""
    data = encode({**ENVELOPE, "type": "created", "data": {}})
    root = parse_event(data)
    assert root.task is None
    assert root.task_id == task_id_from_root(event_id_from_bytes(data))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (Edited({"title": "two\nlines"}), "title cannot be 'two\\nlines'"),
        (Progressed(ONE, "running", "x" * 4001), "reason is no text of at most 4000 characters"),
        (Progressed(ONE, "asleep"), "there is no status 'asleep'"),
        (Messaged(Text("x" * LONGEST, LONGEST)), "an event of 1048783 bytes is too long"),
        (Messaged(Text("\ud800", 3)), "a text holds half of a character"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_could_not_be_read_back_is_not_made(body: Body, reason: str) -> None:
    clone = started()
    with pytest.raises(Refused) as refused:
        clone.say(body)
    assert refused.value.message == f"this cannot be recorded: {reason}"


def test_an_actor_or_a_time_that_could_not_be_read_back_makes_no_event() -> None:
    for actor, at in ((Actor(LONG, "", "c"), AT), (ADA, "today"), (Actor("a", "b", "c" * 65), AT)):
        with pytest.raises(Refused, match="this cannot be recorded"):
            make_event(Created(), state=State(), task=None, actor=actor, at=at, nonce="")


def test_the_clock_is_above_all_that_was_seen() -> None:
    clone = started()
    assert [event.clock for event in clone.events.values()] == [1, 2]
    state = State(last=Stamp(LARGEST, TWO, AT, "c", "w"))
    with pytest.raises(Refused, match="a number is too large"):
        make_event(Deleted(deleted=True), state=state, task=clone.id, actor=ADA, at=AT, nonce="")


def test_every_kind_is_listed_by_its_name() -> None:
    assert {name: kind.TYPE for name, kind in KINDS.items()} == {name: name for name in KINDS}
    assert sorted(KINDS) == [
        "answered", "archived", "asked", "checkpointed", "claimed", "created", "deleted", "denied",
        "edited", "finished", "handed_off", "labelled", "merged", "messaged", "progressed",
        "released", "run_ended", "stop_requested", "turn_started", "used",
    ]  # fmt: skip
