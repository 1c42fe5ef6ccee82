from __future__ import annotations

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.finished import Finished
from git_phc.model.state import Cell, State, Write
from tests.model.making import NO_NUMBER, ONE, STAMP, TWO, parsed, started, written


@pytest.mark.parametrize(
    ("after", "data", "subject"),
    [(0, {"after": 0}, "done"), (3, {"after": 3}, "done"), (None, {}, "undo: done")],
)
def test_what_it_holds_and_says(after: int | None, data: dict[str, Json], subject: str) -> None:
    body = Finished(after)
    assert written(body) == data
    assert parsed(Finished, data) == body
    assert body.subject() == subject
    cell = Cell({ONE: Write(STAMP, after)}, frozenset({TWO}))
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, cells={"done": cell})


@pytest.mark.parametrize("value", [*NO_NUMBER, -1])
def test_what_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical, match=r"after is (no number|below zero)"):
        parsed(Finished, {"after": value})


def test_a_later_claim_reopens_it_and_undo_takes_it_back() -> None:
    clone = started(Finished(0))
    assert (clone.task.is_done, clone.task.status) == (True, "done")
    other = clone.fork("other")
    other.say(Finished(None))
    assert (other.task.is_done, other.task.status) == (False, "queued")
    clone.say(Claimed(1, None, "host", "local"))
    assert (clone.task.is_done, clone.task.status) == (False, "queued")
