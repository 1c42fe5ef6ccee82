from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.released import Released
from git_phc.model.runs import Run
from git_phc.model.state import State
from tests.model.making import NO_EVENT, NO_TEXT, ORDER, STAMP, TWO, parsed, started, written


@pytest.mark.parametrize(
    ("reason", "subject"), [("no\nagent", "release: no agent"), (None, "release")]
)
def test_what_it_holds_and_says(reason: str | None, subject: str) -> None:
    body = Released(TWO, reason)
    why: dict[str, Json] = {"reason": reason} if reason else {}
    assert written(body) == {"claim": TWO, **why}
    assert parsed(Released, written(body)) == body
    assert body.subject() == subject
    parts: dict[str, dict[str, Json]] = {
        "status": {"status": "queued", **why, **ORDER},
        "ended": {"outcome": "released", **why, **ORDER},
    }
    assert body.says(STAMP, frozenset()) == State(last=STAMP, runs={TWO: Run(parts)})


@pytest.mark.parametrize(
    "data",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{"claim": TWO, "reason": value} for value in (*NO_TEXT, "x" * 4001)],
)
def test_what_is_refused(data: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Released, data)


def test_the_claim_is_free_and_the_task_queued() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "cloud")).id
    clone.say(Released(claim, "no agent here"))
    assert (clone.task.status, clone.task.is_open) == ("queued", False)
    assert clone.task.reason == "no agent here"
