from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.denied import Denied
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import NO_EVENT, NO_NUMBER, ORDER, STAMP, TWO, parsed, started, written

GOOD: dict[str, Json] = {"claim": TWO, "what": "a.example:443", "why": "it is not", "times": 3}


def test_what_it_holds_and_says() -> None:
    body = Denied(TWO, "a.example:443", "it is not", 3)
    assert written(body) == GOOD
    assert parsed(Denied, GOOD) == body
    assert body.subject() == "denied: a.example:443: it is not"
    mark = {name: value for name, value in GOOD.items() if name != "claim"} | ORDER
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run({"denied": mark})})


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{name: value} for name in ("what", "why") for value in (None, 1, "x" * 301)]
    + [{"times": value} for value in (*NO_NUMBER, None, -1)],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Denied, {**GOOD, **change})


def test_the_last_of_the_run_counts() -> None:
    clone = started()
    first = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(Denied(first, "a", "b"), Denied(first, "c", "d", 7))
    assert clone.task.denied == {"what": "c", "why": "d", "times": 7}
    clone.say(Claimed(2, first, "a", "local"))
    assert clone.task.denied is None
