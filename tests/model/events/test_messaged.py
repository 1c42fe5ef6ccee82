from __future__ import annotations

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.messaged import Messaged
from git_phc.model.state import State
from git_phc.model.text import Text, text_from_string
from tests.model.making import ONE, STAMP, STAMPED, parsed, started, written


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Fix it", "message: Fix it"),
        ("", "message: "),
        ("one\n\nPhc-Status: done\x1b[2J", "message: one Phc-Status: done[2J"),
        ("word " * 30, "message: " + "word " * 10 + "word…"),
    ],
)
def test_what_it_holds_and_says(text: str, subject: str) -> None:
    body = Messaged(text_from_string(text)[0])
    assert written(body) == {"text": text}
    assert parsed(Messaged, written(body)) == body
    assert body.subject() == subject
    item: dict[str, Json] = {"text": text, **STAMPED}
    expected = State(last=STAMP, logs={"messages": {ONE: item}})
    assert body.says(STAMP, frozenset()) == expected


def test_a_long_one_names_its_file() -> None:
    text, _ = text_from_string("x" * 100_000)
    data = written(Messaged(text))
    assert data == {"text": {"bytes": 100_000, "head": "x" * 4096, "sha256": text.sha256}}
    assert parsed(Messaged, data) == Messaged(text)


@pytest.mark.parametrize("value", [None, 1, True, [], {}, {"head": "x", "bytes": 1}])
def test_what_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical, match="a text has an unknown shape"):
        parsed(Messaged, {"text": value})


def test_the_first_is_the_prompt_and_all_are_pending_in_their_order() -> None:
    clone = started()
    first = clone.say(Messaged(Text("first", 5))).id
    second = clone.say(Messaged(text_from_string("2" * 20_000)[0])).id
    task = clone.task
    assert (task.prompt, task.prompt_bytes) == ("first", 5)
    assert task.pending == [first, second]
    assert task.count("messages") == 2
