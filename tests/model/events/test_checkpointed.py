from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.state import Item, State
from tests.model.making import (
    COMMIT,
    NO_EVENT,
    NO_NUMBER,
    NO_TEXT,
    ONE,
    STAMP,
    STAMPED,
    TWO,
    parsed,
    started,
    written,
)

GOOD: dict[str, Json] = {
    "number": 2,
    "link": COMMIT,
    "stash": "d" * 64,
    "head": COMMIT,
    "reason": "turn",
    "turn": 1,
    "changes": {"files": 1, "added": 2, "removed": 3, "ahead": None, "later": "x"},
    "commits": [COMMIT],
    "claim": TWO,
}
LEAST: dict[str, Json] = {"number": 0, "link": COMMIT, "reason": "", "turn": 0, "changes": {}}
NO_CHANGES: tuple[Any, ...] = (None, 1, True, "x", [])
NO_COMMITS: tuple[Any, ...] = (None, 1, True, COMMIT, {})
NO_OBJECT: tuple[Any, ...] = (*NO_TEXT, "", "HEAD", "--all", "c" * 39, "C" * 40, COMMIT + "\n")


@pytest.mark.parametrize("data", [GOOD, LEAST])
def test_what_it_holds_and_says(data: dict[str, Json]) -> None:
    body = parsed(Checkpointed, data)
    assert written(body) == data
    item = {**body.data(), **STAMPED}
    present: Item = {name: value for name, value in item.items() if value is not None}
    logs = {"checkpoints": {ONE: present}}
    assert body.says(STAMP, frozenset()) == State(last=STAMP, logs=logs)


def test_its_subject_is_one_line() -> None:
    assert parsed(Checkpointed, GOOD).subject() == "checkpoint 2: turn"
    assert parsed(Checkpointed, {**GOOD, "reason": "a\nb"}).subject() == "checkpoint 2: a b"


@pytest.mark.parametrize(
    "change",
    [{name: value} for name in ("number", "turn") for value in (*NO_NUMBER, None, -1)]
    + [{"link": value} for value in (*NO_OBJECT, None)]
    + [{name: value} for name in ("stash", "head") for value in NO_OBJECT]
    + [{"reason": value} for value in (*NO_TEXT, None, "x" * 101)]
    + [{"changes": value} for value in NO_CHANGES]
    + [
        {"changes": {name: value}}
        for name in ("files", "added", "removed", "ahead", "behind")
        for value in NO_NUMBER
    ]
    + [{"commits": value} for value in NO_COMMITS]
    + [{"commits": [COMMIT, value]} for value in NO_OBJECT]
    + [{"claim": value} for value in NO_EVENT],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Checkpointed, {**GOOD, **change})


def test_the_latest_is_shown() -> None:
    clone = started(parsed(Checkpointed, LEAST))
    last = clone.say(parsed(Checkpointed, GOOD))
    assert clone.task.count("checkpoints") == 2
    assert clone.task.checkpoint
    assert clone.task.checkpoint["id"] == last.id
