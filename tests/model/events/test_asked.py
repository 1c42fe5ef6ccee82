from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.answered import Answered
from git_phc.model.events.asked import COMMAND, MOST, Asked
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.progressed import Progressed
from git_phc.model.text import text_from_string
from tests.model.making import LONG, NO_EVENT, NO_TEXT, ONE, STAMP, TWO, parsed, started, written

YES: dict[str, Json] = {"id": "y", "name": "Yes", "kind": "allow_once"}
GOOD: dict[str, Json] = {
    "claim": TWO, "ask": "7", "question": "permission", "title": "Run it", "tool": "execute",
    "command": "ls\n-l", "paths": ["a"], "text": "+x\n", "options": [YES],
}  # fmt: skip


def question(claim: Any = TWO, ask: str = "7") -> Asked:
    text = text_from_string("+x\n")[0]
    return Asked(claim, ask, "permission", "Run it", "execute", "ls\n-l", ("a",), text, (YES,))


def test_what_it_holds_and_says() -> None:
    body = question()
    assert written(body) == GOOD
    assert parsed(Asked, GOOD) == body
    assert body.subject() == "waiting: Run it"
    state = body.says(STAMP, frozenset())
    item = state.logs["asks"][ONE]
    assert (item["claim"], item["ask"], item["options"]) == (TWO, "7", [YES])
    assert state.runs[TWO].parts["status"]["status"] == "waiting"


def test_a_question_without_options_wants_words() -> None:
    body = Asked(TWO, "1", "choice", "Which name?")
    short: dict[str, Json] = {
        "claim": TWO, "ask": "1", "question": "choice", "title": "Which name?",
    }  # fmt: skip
    assert written(body) == short
    assert parsed(Asked, short) == body


@pytest.mark.parametrize(
    "change",
    [{"claim": value} for value in (*NO_EVENT, None)]
    + [{name: value} for name in ("ask", "title", "question") for value in (*NO_TEXT, None)]
    + [{"question": "order"}, {"command": "x" * (COMMAND + 1)}, {"tool": LONG}, {"paths": "a"}]
    + [{"paths": [1]}, {"text": 1}, {"options": "y"}, {"options": [YES] * (MOST + 1)}]
    + [{"options": [{**YES, "kind": "maybe"}]}, {"options": [{"id": "y"}]}, {"options": ["y"]}],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Asked, {**GOOD, **change})


def test_a_task_waits_until_all_is_answered() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(Progressed(claim, "running"))
    first, second = (clone.say(question(claim, ask)).id for ask in "12")
    assert [one["id"] for one in clone.task.waiting] == [first, second]
    assert (clone.task.status, clone.task.reason) == ("waiting", "Run it")
    clone.say(Answered(second, "y", "Yes"))
    assert [one["id"] for one in clone.task.waiting] == [first]
    still = clone.task.is_busy
    clone.say(Answered(first, "y", "Yes"))
    assert clone.task.waiting == []
    assert (still, clone.task.is_busy) == (False, True)
    clone.say(Progressed(claim, "running"))
    assert clone.task.status == "running"


def test_what_a_run_has_asked_is_asked_no_more_in_the_next() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "a", "local")).id
    clone.say(Progressed(claim, "running"), question(claim))
    clone.say(Claimed(2, claim, "a", "local"))
    assert clone.task.waiting == []
