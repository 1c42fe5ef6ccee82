from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.progressed import Progressed
from git_phc.model.runs import STATUSES, Run
from git_phc.model.state import State
from tests.model.making import NO_EVENT, NO_TEXT, ORDER, STAMP, TWO, parsed, started, written

GOOD: dict[str, Json] = {"claim": TWO, "status": "waiting", "reason": "a\nb", "session": "s"}


def test_what_it_holds_and_says() -> None:
    body = Progressed(TWO, "waiting", "a\nb", "s")
    assert written(body) == GOOD
    assert parsed(Progressed, GOOD) == body
    assert body.subject() == "waiting: a b"
    parts: dict[str, dict[str, Json]] = {
        "status": {"status": "waiting", "reason": "a\nb", **ORDER},
        "session": {"session": "s", **ORDER},
    }
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run(parts)})


@pytest.mark.parametrize("status", STATUSES)
def test_each_status(status: str) -> None:
    body = Progressed(TWO, status)
    assert written(body) == {"claim": TWO, "status": status}
    assert parsed(Progressed, written(body)) == body
    assert body.subject() == status
    mark: dict[str, Json] = {"status": status, **ORDER}
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run({"status": mark})})


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{"status": value} for value in (*NO_TEXT, None, "", "stale", "Ready", "ready ")]
    + [{"reason": value} for value in (*NO_TEXT, "x" * 4001)]
    + [{"session": value} for value in (*NO_TEXT, "x" * 1001)],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Progressed, {**GOOD, **change})


def test_a_status_counts_under_the_winning_claim_only() -> None:
    clone = started()
    first = clone.say(Claimed(1, None, "a", "local")).id
    second = clone.say(Claimed(2, first, "b", "local")).id
    clone.say(Progressed(second, "preparing"), Progressed(first, "failed"))
    assert clone.task.status == "preparing"


def test_a_terminal_status_outlasts_a_later_one_of_its_claim() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(Progressed(claim, "failed", session="s1"), Progressed(claim, "running", session="s2"))
    assert clone.task.status == "failed"
    assert clone.task.run
    assert clone.task.run.session == "s2"
