from __future__ import annotations

import hashlib

import pytest

from git_phc.model.ids import (
    HEX,
    LETTERS,
    EventId,
    TaskId,
    event_id_from_bytes,
    looks_like_id,
    task_id_from_root,
)

TASK = "klmnopqrstuvwxyz" * 2


def test_the_letters_stand_for_the_digits_in_their_order() -> None:
    assert task_id_from_root(EventId(HEX * 4)) == LETTERS * 2 == TASK


def test_a_task_is_named_by_the_first_half_of_its_roots_hash() -> None:
    root = event_id_from_bytes(b"root")
    assert root == hashlib.sha256(b"root").hexdigest()
    letters = "".join(LETTERS[int(digit, 16)] for digit in root[:32])
    assert task_id_from_root(root) == letters
    assert TaskId.parse(letters).short == letters[:8]


@pytest.mark.parametrize(
    "word",
    ["", "k", TASK[1:], TASK + "k", TASK + "\n", TASK.upper(), "0" * 32, "a" * 32, "ｋ" * 32],
)
def test_what_is_no_task_id(word: str) -> None:
    with pytest.raises(ValueError, match="is no task id"):
        TaskId.parse(word)


@pytest.mark.parametrize(
    "word", ["", "0" * 63, "0" * 65, "0" * 64 + "\n", "A" * 64, "g" * 64, "٣" * 64, "k" * 64]
)
def test_what_is_no_event_id(word: str) -> None:
    with pytest.raises(ValueError, match="is no event id"):
        EventId.parse(word)


def test_what_is_one() -> None:
    assert TaskId.parse(TASK) == TASK
    assert EventId.parse("0123456789abcdef" * 4) == "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("word", "expected"),
    [("k", True), ("root", True), (TASK, True), (TASK + "k", False), ("", False), ("abc", False),
     ("kk-", False), ("KK", False), ("deadbeef", False)],
)  # fmt: skip
def test_words_that_may_be_an_id(word: str, expected: bool) -> None:
    assert looks_like_id(word) is expected
