from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.runs import Run
from git_phc.model.state import State
from git_phc.model.text import Text
from tests.model.making import (
    NO_EVENT,
    NO_NUMBER,
    ONE,
    STAMP,
    STAMPED,
    THREE,
    TWO,
    parsed,
    started,
    written,
)

GOOD: dict[str, Json] = {"claim": TWO, "turn": 4, "messages": [ONE, THREE]}

NO_LIST: tuple[Any, ...] = (None, 1, True, ONE, {}, [1], ["x"], [None], [[ONE]])


def test_what_it_holds_and_says() -> None:
    body = TurnStarted(TWO, 4, (ONE, THREE))
    assert written(body) == GOOD
    assert parsed(TurnStarted, GOOD) == body
    assert body.subject() == "turn 4"
    item: dict[str, Json] = {"claim": TWO, "turn": 4, **STAMPED}
    assert body.says(STAMP, frozenset()) == State(
        last=STAMP,
        logs={"turns": {ONE: item}},
        runs={TWO: Run({}, frozenset({ONE, THREE}))},
    )


def test_a_turn_may_have_no_message() -> None:
    body = TurnStarted(TWO, 1, ())
    assert written(body) == {"claim": TWO, "turn": 1, "messages": []}
    assert parsed(TurnStarted, written(body)) == body


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{"turn": value} for value in (*NO_NUMBER, None, -1)]
    + [{"messages": value} for value in NO_LIST],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(TurnStarted, {**GOOD, **change})


def test_what_was_delivered_is_pending_no_more() -> None:
    clone = started()
    first = clone.say(Messaged(Text("1", 1))).id
    second = clone.say(Messaged(Text("2", 1))).id
    claim = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(TurnStarted(claim, 1, (first,)))
    assert (clone.task.pending, clone.task.turn) == ([second], 1)
    later = clone.say(Claimed(2, claim, "a", "local")).id
    clone.say(TurnStarted(later, 2, (second,)))
    assert (clone.task.pending, clone.task.turn, clone.task.count("turns")) == ([], 2, 2)
