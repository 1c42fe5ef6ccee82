"""Questions at a terminal: shown with what they are about, answered by a key or in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.screen import Screen
from tests.kit import MakeRepo, Phc

START = ["start", "-a", "fake"]


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo()


def status(repo: Path, phc: Phc) -> str:
    (task,) = json.loads(phc("status", "--json", cwd=repo).out)["tasks"]
    return str(task["status"])


@pytest.mark.slow
def test_a_key_and_words_answer(repo: Path, phc: Phc) -> None:
    words = "[[write a.txt|hello]] [[choose Which?|red|blue]] [[ask Who?]]"
    with Screen([*START, words], repo) as screen:
        shown = screen.wait_for(r"Answer: \[a\] Allow, \[A\] Always allow, \[d\] Deny, or in words")
        assert "? Write a.txt" in shown
        assert "+hello" in shown
        screen.type("a\n")
        screen.wait_for(r"Answer: \[1\] red, \[2\] blue, or in words")
        screen.type("2\n")
        screen.wait_for("Chosen: blue")
        screen.wait_for("Answer: in words")
        screen.type("Ada\n")
        screen.wait_for("Told: Ada")
        assert screen.end() == 0


@pytest.mark.slow
def test_enter_leaves_it_waiting_and_attach_asks_again(repo: Path, phc: Phc) -> None:
    with Screen([*START, "[[run touch made]]"], repo) as screen:
        screen.wait_for("or in words")
        screen.type("\n")
        assert screen.end() == 6
    assert status(repo, phc) == "waiting"
    with Screen(["attach", "-"], repo) as screen:
        screen.wait_for("or in words")
        screen.type("d\n")
        assert screen.end() == 0
    assert status(repo, phc) == "ready"


@pytest.mark.slow
def test_ctrl_c_at_a_question_detaches(repo: Path, phc: Phc) -> None:
    with Screen([*START, "[[run touch made]]"], repo) as screen:
        screen.wait_for("or in words")
        screen.type("\x03")
        assert screen.end() == 130
    assert status(repo, phc) == "waiting"
    assert phc("stop", "-", cwd=repo).code == 0


@pytest.mark.slow
def test_what_is_asked_is_made_safe(repo: Path, phc: Phc) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    asked = phc(*START, f"[[run echo {evil}]]", cwd=repo)
    assert asked.code == 6
    for words in (["answer", "-"], ["status"], ["show", "-"]):
        assert "\x1b" not in phc(*words, cwd=repo).out
