"""Titles, prompts and places that were chosen to do harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import MakeRepo, Phc

HARM = set("\x00\x07\x08\x1b\x7f\x9b\u202e\u2066\r")


TITLES = [
    "Red \x1b[31malert\x1b[0m\x07 exe\u202etxt.evil",
    "refs/heads/../../x.lock",
    "\u200b",
    "many\nlines\r\nof title",
    "--help",
    "-",
    "@",
    "a" * 500,
    "תקן את זה 👩\u200d💻 ~^:?*[\\",
    "'; rm -rf / #",
    "…",
]


@pytest.mark.parametrize("title", TITLES[:3])
def test_a_title_is_safe_everywhere(title: str, repo: Path, phc: Phc) -> None:
    words = ("start", "-q", "--title", title, "-l", title, "Do it", "--", "true")
    started = phc(*words, cwd=repo)
    assert (started.code, started.err) == (0, "")
    for show in (("status",), ("status", "-"), ("show", "-"), ("status", "--json"), ("logs", "-")):
        shown = phc(*show, cwd=repo)
        assert (shown.code, shown.err) == (0, "")
        assert not HARM & set(shown.out)
    assert len(phc("status", cwd=repo).lines) == 1
    assert phc("done", "-", cwd=repo).code == 0


@pytest.mark.parametrize("title", TITLES)
def test_every_title_can_be_had(title: str, make: Maker, repo: Path, phc: Phc) -> None:
    planned = phc("start", "--dry-run", "--title", title, "Do it", "--", "true", cwd=repo)
    assert (planned.code, planned.err) == (0, "")
    assert not HARM & set(planned.out)
    task = make("One")
    edited = phc("edit", task.id, "--title", title, "--label", title, cwd=repo)
    assert (edited.code, edited.err) == (0, "")
    assert len(phc("status", cwd=repo).lines) == 1
    assert not HARM & set(edited.out)


def test_a_prompt_is_safe_and_whole(repo: Path, phc: Phc) -> None:
    prompt = "First \x1b[2J line\u202e\n\n\x9b31m\tthird\x00 line"
    words = ("start", "-q", "-F", "-", "--", "sh", "-c", 'cat; cat "$PHC_PROMPT_FILE" > got')
    started = phc(*words, cwd=repo, input=prompt)
    assert (started.code, started.err) == (0, "")
    for show in (("show", "-"), ("logs", "-"), ("status", "-"), ("logs", "--raw", "-")):
        assert not HARM & set(phc(*show, cwd=repo).out), show
    assert json.loads(phc("show", "--json", "-", cwd=repo).out)["prompt"] == prompt
    place = Path(phc("path", "-", cwd=repo).out.rstrip("\n"))
    assert (place / "got").read_bytes() == prompt.encode()


def test_a_place_with_a_hostile_name(make_repo: MakeRepo, phc: Phc) -> None:
    repo = make_repo("a b'c\"d\n\x1b[31me")
    started = phc("start", "Hello", "--", "sh", "-c", "echo hello > hello.txt", cwd=repo)
    assert started.code == 0, started.err
    assert not HARM & set(started.out + started.err)
    assert "+hello" in phc("diff", "-", cwd=repo).lines
    assert Path(phc("path", "-", cwd=repo).out[:-1]).is_dir()
    done = phc("done", "-", cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert not HARM & set(done.out)


def test_hostile_values_of_others_are_safe(make: Maker, repo: Path, phc: Phc) -> None:
    harm = "x\x1b[31my"
    make(
        "One",
        who=(harm, "mail"),
        labels=[],
        fields={"agent": harm, "assignee": harm, "model": harm},
    )
    for words in (("status",), ("status", "-q"), ("doctor",)):
        assert not HARM & set(phc(*words, cwd=repo).out)
    task = phc("status", "-q", cwd=repo).out.strip()
    for full in (("show", task), ("status", task), ("show", "--json", task)):
        assert not HARM & set(phc(*full, cwd=repo).out)
