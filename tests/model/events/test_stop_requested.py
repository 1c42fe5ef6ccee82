from __future__ import annotations

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.stop_requested import StopRequested
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import NO_EVENT, ORDER, STAMP, TWO, parsed, started, written


def test_what_it_holds_and_says() -> None:
    body = StopRequested(TWO)
    assert written(body) == {"claim": TWO}
    assert parsed(StopRequested, written(body)) == body
    assert body.subject() == "stop"
    mark: dict[str, Json] = {"who": STAMP.who, "clone": STAMP.clone, **ORDER}
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run({"stop": mark})})


@pytest.mark.parametrize("value", [*NO_EVENT, None])
def test_what_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical):
        parsed(StopRequested, {"claim": value})


def test_it_stops_the_run_that_it_names_and_no_later_one() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(StopRequested(claim))
    before = clone.task.run
    clone.say(Claimed(2, claim, "a", "local"))
    after = clone.task.run
    assert before is not None
    assert after is not None
    assert (before.stop_requested, after.stop_requested) == (True, False)
