from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import (
    NO_EVENT,
    NO_NUMBER,
    NO_TEXT,
    ONE,
    ORDER,
    STAMP,
    TWO,
    parsed,
    started,
    written,
)

GOOD: dict[str, Json] = {"n": 2, "after": TWO, "host": "box", "mode": "cloud"}


def test_what_it_holds_and_says() -> None:
    body = Claimed(2, TWO, "box", "cloud")
    assert written(body) == GOOD
    assert parsed(Claimed, GOOD) == body
    assert body.subject() == "claim 2: box, cloud"
    claim: dict[str, Json] = {**GOOD, "clone": "clone", "who": STAMP.who, **ORDER}
    status: dict[str, Json] = {"status": "queued", **ORDER}
    expected = State(last=STAMP, runs={ONE: Run({"claim": claim, "status": status})})
    assert body.says(STAMP, frozenset()) == expected


def test_the_first_follows_none() -> None:
    body = Claimed(1, None, "a\nb", "local")
    assert parsed(Claimed, written(body)) == body
    assert body.subject() == "claim 1: a b, local"


@pytest.mark.parametrize(
    "change",
    [{"n": value} for value in (*NO_NUMBER, None, 0, -1, 1)]
    + [{"after": value} for value in (*NO_EVENT, None)]
    + [{"host": value} for value in (*NO_TEXT, None, "x" * 301)]
    + [{"mode": value} for value in (*NO_TEXT, None, "x" * 21)],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Claimed, {**GOOD, **change})


def test_the_highest_number_wins_whatever_the_clocks_say() -> None:
    here = started()
    first = here.say(Claimed(1, None, "a", "local")).id
    there = here.fork("there")
    winner = here.say(Claimed(2, first, "a", "local")).id
    for _ in range(5):  # a stale claim, under a higher clock
        there.say(Claimed(1, None, "b", "cloud"))
    here.hear(there.events.values())
    assert here.task.run
    assert (here.task.run.id, here.task.run.n, here.task.mode) == (winner, 2, "local")
    assert here.task.count("runs") == 7
