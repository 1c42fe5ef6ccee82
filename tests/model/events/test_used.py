from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.used import Used
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import NO_EVENT, NO_NUMBER, ORDER, STAMP, TWO, parsed, started, written

GOOD: dict[str, Json] = {"claim": TWO, "input": 9, "output": 2, "cached": 3, "micros": 12_345}


def test_what_it_holds_and_says() -> None:
    body = Used(TWO, 9, 2, 3, 12_345)
    assert written(body) == GOOD
    assert parsed(Used, GOOD) == body
    assert body.subject() == "used: 9 tokens in, 2 out, 0.01 USD"
    mark = {name: value for name, value in GOOD.items() if name != "claim"} | ORDER
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run({"usage": mark})})


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{name: value} for name in ("input", "output", "cached") for value in (*NO_NUMBER, None, -1)]
    + [{"micros": value} for value in (*NO_NUMBER, -1)],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Used, {**GOOD, **change})


def test_the_last_of_a_run_counts_and_runs_add_up() -> None:
    clone = started()
    first = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(Used(first, 1, 1), Used(first, 5, 2, 1))
    assert clone.task.usage == {"input": 5, "output": 2, "cached": 1}
    second = clone.say(Claimed(2, first, "a", "local")).id
    clone.say(Used(second, 10, 20, 0, 500))
    assert clone.task.usage == {"input": 15, "output": 22, "cached": 1, "micros": 500}
