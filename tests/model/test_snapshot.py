from __future__ import annotations

import json

import pytest

from git_phc.model.codec import decode
from git_phc.model.event import parse_event
from git_phc.model.events.archived import Archived
from git_phc.model.events.body import Body, Fields
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.created import Created
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.denied import Denied
from git_phc.model.events.edited import Edited
from git_phc.model.events.finished import Finished
from git_phc.model.events.handed_off import HandedOff
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.released import Released
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.events.stop_requested import StopRequested
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.fold import fold
from git_phc.model.snapshot import Files, files_from_state, files_of_change, state_from_files
from git_phc.model.state import State
from git_phc.model.text import text_from_string
from tests.model.making import AT, COMMIT, ONE, TWO, Clone, started

CHECKPOINT = Checkpointed.parse(
    Fields({"number": 0, "link": COMMIT, "reason": "start", "turn": 0, "changes": {}})
)
BODIES: list[Body] = [
    Archived(archived=True),
    CHECKPOINT,
    Claimed(1, None, "box", "local"),
    Deleted(deleted=True),
    Denied(ONE, "a.example:443", "it is not", 2),
    Edited({"title": "Other", "pinned": True}),
    Finished(0),
    HandedOff(ONE, "cloud"),
    HandedOff(ONE, None),
    Labelled(("a",), ("b",)),
    Labelled((), ("never seen",)),
    Messaged(text_from_string("x")[0]),
    Messaged(text_from_string("x" * 20_000)[0]),
    Progressed(ONE, "running", "since", "session"),
    Released(ONE),
    RunEnded(ONE, "ready", 0),
    StopRequested(ONE),
    TurnStarted(ONE, 1, (TWO,)),
    TurnStarted(TWO, 2, ()),
]


def files(clone: Clone) -> Files:
    return files_from_state(clone.id, clone.state)


def test_a_small_snapshot_in_full() -> None:
    clone = started(Labelled(("bug",)))
    message = clone.say(Messaged(text_from_string("Fix it")[0]))
    root, edit, label, _ = clone.events
    who = {"at": AT, "clone": "clone", "who": "Ada <ada@example.com>"}
    item = {"clock": 4, "id": message.id, "text": "Fix it", **who}
    found = files(clone)
    assert sorted(found) == [f"messages/{message.id}", "task.json"]
    assert decode(found[f"messages/{message.id}"]) == item
    assert decode(found["task.json"]) == {
        "v": 1,
        "id": clone.id,
        "last": {"clock": 4, "id": message.id, **who},
        "root": {"clock": 1, "id": root, **who},
        "stamps": {
            edit: {"clock": 2, "id": edit, **who},
            label: {"clock": 3, "id": label, **who},
        },
        "cells": {
            "agent": {"live": {edit: "claude"}},
            "autonomy": {"live": {edit: "ask"}},
            "mode": {"live": {edit: "worktree"}},
            "title": {"live": {edit: "Fix it"}},
        },
        "labels": {"bug": {"live": {label: True}}},
        "counts": {"messages": 1, "runs": 0},
        "prompt": {"id": message.id, "head": "Fix it", "bytes": 6},
        "pending": [message.id],
    }


@pytest.mark.parametrize("body", [Created(), *BODIES], ids=lambda body: body.TYPE)
def test_an_event_changes_the_files_that_it_says_and_no_others(body: Body) -> None:
    clone = Clone() if isinstance(body, Created) else started(*BODIES)
    before = files(clone) if clone.events else {}
    event = clone.say(body)
    after = files(clone)
    changed = files_of_change(clone.id, clone.state, event.says())
    assert {**before, **changed} == after
    differ = {path for path in after if before.get(path) != after[path]}
    assert differ <= set(changed)
    assert set(before) <= set(after)


@pytest.mark.parametrize("count", range(len(BODIES) + 1))
def test_a_snapshot_goes_both_ways(count: int) -> None:
    clone = started(*BODIES[:count])
    state = state_from_files(files(clone))
    assert files_from_state(clone.id, state) == files(clone)
    assert state == clone.state
    # a stamp is equal by its order alone; what it shows must have come along, too
    assert repr(state.last) == repr(clone.state.last)
    for name, cell in clone.state.cells.items():
        assert {id: repr(w) for id, w in state.cells[name].live.items()} == {
            id: repr(w) for id, w in cell.live.items()
        }


def test_a_fold_of_bytes_is_the_state() -> None:
    clone = started(*BODIES)
    events = [parse_event(event.bytes) for event in clone.events.values()]
    assert fold(events) == clone.state
    assert fold(reversed(events)) == clone.state
    half = fold(events[:9])
    assert fold(events[9:], onto=half) == clone.state
    assert half == fold(events[:9])


def test_what_else_is_in_the_tree_is_passed_over() -> None:
    clone = started(Messaged(text_from_string("x" * 20_000)[0]))
    more = {"event.json": b"{}", "texts/" + "a" * 64: b"x", "later/x": b"{}", "runs/": b"{}"}
    assert state_from_files({**files(clone), **more}) == clone.state


def test_an_empty_state_goes_both_ways() -> None:
    clone = started()
    found = files_from_state(clone.id, State())
    assert json.loads(found["task.json"]) == {"v": 1, "id": clone.id, "counts": {"runs": 0}}
    assert state_from_files(found) == State()
