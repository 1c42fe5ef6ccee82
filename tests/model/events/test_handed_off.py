from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.handed_off import HandedOff
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.runs import Run
from git_phc.model.state import Cell, State, Write
from tests.model.making import NO_EVENT, NO_TEXT, ONE, ORDER, STAMP, TWO, parsed, started, written


@pytest.mark.parametrize(
    ("to", "subject"),
    [("cloud", "hand off: cloud"), ("a\nb@c", "hand off: a b@c"), (None, "take back")],
)
def test_what_it_holds_and_says(to: str | None, subject: str) -> None:
    body = HandedOff(TWO, to)
    assert written(body) == ({"claim": TWO, "to": to} if to else {"claim": TWO})
    assert parsed(HandedOff, written(body)) == body
    assert body.subject() == subject
    status: dict[str, Json] = {"status": "queued", "to": to, **ORDER}
    runs = {TWO: Run({"status": status})} if to else {}
    cells = {"handoff": Cell({ONE: Write(STAMP, to)})}
    assert body.says(STAMP, frozenset()) == State(last=STAMP, cells=cells, runs=runs)


@pytest.mark.parametrize(
    "data",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{"claim": TWO, "to": value} for value in (*NO_TEXT, "x" * 301)],
)
def test_what_is_refused(data: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(HandedOff, data)


@pytest.mark.parametrize("outcome", ["ready", "waiting", "failed", "cancelled"])
def test_a_task_that_is_handed_off_is_queued_however_its_run_ended(outcome: str) -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "host", "local")).id
    clone.say(RunEnded(claim, outcome, reason="since"), HandedOff(claim, "cloud"))
    assert (clone.task.status, clone.task.reason) == ("queued", None)
    assert clone.task.cell("handoff") == "cloud"
    assert not clone.task.is_open
    again = clone.say(Claimed(2, claim, "worker", "cloud")).id
    clone.say(RunEnded(again, "failed"))
    assert clone.task.status == "failed"


def test_before_the_first_claim_it_hangs_on_the_root() -> None:
    clone = started()
    clone.say(HandedOff(clone.say(HandedOff(ONE, None)).id, None))
    root = next(iter(clone.events))
    clone.say(HandedOff(root, "bob@example.com"))
    assert (clone.task.status, clone.task.cell("handoff")) == ("queued", "bob@example.com")
