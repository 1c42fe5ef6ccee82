from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.answered import Answered
from git_phc.model.state import State
from git_phc.model.text import text_from_string
from tests.model.making import NO_EVENT, NO_TEXT, ONE, STAMP, STAMPED, TWO, parsed, written

GOOD: dict[str, Json] = {"ask": TWO, "option": "y", "name": "Yes", "text": "but later"}


def test_what_it_holds_and_says() -> None:
    body = Answered(TWO, "y", "Yes", text_from_string("but later")[0])
    assert written(body) == GOOD
    assert parsed(Answered, GOOD) == body
    assert body.subject() == "answer: Yes"
    item = {**GOOD, **STAMPED}
    assert body.says(STAMP, frozenset()) == State(last=STAMP, logs={"answers": {ONE: item}})


def test_words_alone() -> None:
    body = Answered(TWO, text=text_from_string("in\nwords")[0])
    assert written(body) == {"ask": TWO, "text": "in\nwords"}
    assert body.subject() == "answer: in words"


@pytest.mark.parametrize(
    "change",
    [{"ask": value} for value in (*NO_EVENT, None)]
    + [{name: value} for name in ("option", "name") for value in NO_TEXT]
    + [{"text": 1}],
)
def test_what_is_refused(change: Any) -> None:
    with pytest.raises(NotCanonical):
        parsed(Answered, {**GOOD, **change})
