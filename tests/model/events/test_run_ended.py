from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.run_ended import OUTCOMES, RunEnded
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import (
    NO_EVENT,
    NO_NUMBER,
    NO_TEXT,
    ORDER,
    STAMP,
    TWO,
    parsed,
    started,
    written,
)

GOOD: dict[str, Json] = {"claim": TWO, "outcome": "failed", "exit_code": -9, "reason": "a\nb"}


def test_what_it_holds_and_says() -> None:
    body = RunEnded(TWO, "failed", -9, "a\nb")
    assert written(body) == GOOD
    assert parsed(RunEnded, GOOD) == body
    assert body.subject() == "failed: a b"
    parts: dict[str, dict[str, Json]] = {
        "status": {"status": "failed", "reason": "a\nb", **ORDER},
        "ended": {"outcome": "failed", "exit_code": -9, "reason": "a\nb", **ORDER},
    }
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run(parts)})


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome(outcome: str) -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "local")).id
    event = clone.say(RunEnded(claim, outcome))
    assert event.body.subject() == outcome
    assert (clone.task.status, clone.task.is_open) == (outcome, False)
    assert clone.task.run
    assert clone.task.run.ended
    assert clone.task.run.ended["outcome"] == outcome


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{"outcome": value} for value in (*NO_TEXT, None, "", "done", "running", "released")]
    + [{"exit_code": value} for value in NO_NUMBER]
    + [{"reason": value} for value in (*NO_TEXT, "x" * 4001)],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(RunEnded, {**GOOD, **change})
