from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import Phc


@pytest.fixture
def talk(hello: str, repo: Path, phc: Phc) -> str:
    """A task of two runs, of which the second was given another message; its id."""
    sent = phc("send", hello, "Once\nmore", "-q", cwd=repo)
    assert (sent.code, sent.out, sent.err) == (0, f"{hello}\n", "")
    return hello


FIRST = "── turn 1 ── Say hello\none\ntwo\n"
SECOND = "── turn 2 ── Once more\none\ntwo\n"
SAID = FIRST + SECOND


@pytest.mark.slow
def test_all_runs_from_the_first_on(talk: str, repo: Path, phc: Phc) -> None:
    shown = phc("logs", talk, cwd=repo)
    assert (shown.code, shown.out, shown.err) == (0, SAID, "")
    followed = phc("logs", "-f", talk, cwd=repo)
    assert (followed.code, followed.out) == (0, SAID)


@pytest.mark.slow
def test_raw_and_json(talk: str, repo: Path, phc: Phc) -> None:
    raw = [json.loads(line) for line in phc("logs", "--raw", talk, cwd=repo).lines]
    assert [record["kind"] for record in raw] == ["turn", "text", "done"] * 2
    assert raw[1]["text"] == "one\ntwo\n"
    assert (
        phc("logs", "--raw", "-f", talk, cwd=repo).lines
        == phc("logs", "--raw", talk, cwd=repo).lines
    )
    document = json.loads(phc("logs", "--json", talk, cwd=repo).out)
    assert document == {"schema": 1, "id": talk, "records": raw}
    refused = phc("logs", "--json", "-f", talk, cwd=repo)
    assert (refused.code, refused.err) == (
        2,
        "git phc: --json is one document of all records.\nFor one that goes on: --raw -f\n",
    )


@pytest.mark.slow
def test_parts_of_it(talk: str, repo: Path, phc: Phc) -> None:
    first, second = json.loads(phc("show", "--json", talk, cwd=repo).out)["runs"]
    assert phc("logs", "--run", second["id"][:12], talk, cwd=repo).out == SECOND
    assert phc("logs", "--run", first["id"], talk, cwd=repo).out == FIRST
    assert phc("logs", "--tail", "2", talk, cwd=repo).out == SECOND  # its end prints nothing
    assert phc("logs", "--tail", "3", talk, cwd=repo).out == "one\ntwo\n" + SECOND
    raw = phc("logs", "--raw", "--tail", "2", talk, cwd=repo).lines
    assert [json.loads(line)["kind"] for line in raw] == ["text", "done"]
    assert phc("logs", "--tail", "0", talk, cwd=repo).out == ""
    assert phc("logs", "--since", second["started"], talk, cwd=repo).out == SECOND
    assert phc("logs", "--since", "1h", talk, cwd=repo).out == SAID
    assert phc("logs", "--since", "2999-01-01", talk, cwd=repo).out == ""
    followed = phc("logs", "-f", "--tail", "2", talk, cwd=repo)
    assert (followed.code, followed.out) == (0, SECOND)
    followed = phc("logs", "-f", "--run", first["id"], talk, cwd=repo)
    assert (followed.code, followed.out) == (0, FIRST)


def test_parts_that_are_not_there(hello: str, repo: Path, phc: Phc) -> None:
    short = hello[:8]
    refused = phc("logs", "--run", "xyz", hello, cwd=repo)
    assert (refused.code, refused.out, refused.err) == (
        3,
        "",
        f"git phc: the task {short} has no run 'xyz'.\nSee its runs: git phc show {short} --json\n",
    )
    refused = phc("logs", "--since", "yesterday", hello, cwd=repo)
    assert (refused.code, refused.out, refused.err) == (
        2,
        "",
        "git phc: 'yesterday' is no time.\nGive one such as 2026-01-31T12:00:00Z, or an age: 10m\n",
    )


def test_a_run_that_has_said_nothing_says_why_it_ended(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Fail", "failed").id
    why = "── the command ended with exit code 3\n"
    for words in ([], ["-f"], ["--tail", "1"]):
        assert phc("logs", task, *words, cwd=repo).out == why
    assert phc("logs", "--tail", "0", task, cwd=repo).out == ""
    assert phc("logs", "--since", "2999-01-01", task, cwd=repo).out == ""
    assert phc("logs", "--raw", task, cwd=repo).out == ""
    assert json.loads(phc("logs", "--json", task, cwd=repo).out)["records"] == []
    assert phc("logs", make("Ready").id, cwd=repo).out == ""


def test_a_failure_is_told(repo: Path, phc: Phc) -> None:
    command = ("sh", "-c", "printf half; exit 4")
    failed = phc("start", "-q", "Fail", "--", *command, cwd=repo)
    assert failed.code == 1
    assert phc("logs", "-", cwd=repo).out == (
        "── turn 1 ── Fail\nhalf\n── the command ended with exit code 4\n"
    )


def test_what_a_program_sends_to_its_terminal_stays_out(repo: Path, phc: Phc) -> None:
    text = r"\033[31mred\033[0m \033]0;name\007 10%%\r100%%\r\n\033[2J\233mend\342\200\256"
    assert phc("start", "-q", "Paint", "--", "printf", text, cwd=repo).code == 0
    for tty in (False, True):
        shown = phc("logs", "-", cwd=repo, tty=tty)
        assert shown.out == "── turn 1 ── Paint\nred  10%\n100%\n\ufffdmend\n"


def test_it_goes_on_as_the_run_does(repo: Path, phc: Phc) -> None:
    command = ("sh", "-c", "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two")
    assert phc("start", "-d", "-q", "Wait", "--", *command, cwd=repo).code == 0
    place = Path(phc("path", "-", cwd=repo).out.rstrip("\n"))
    while "one" not in phc("logs", "-", cwd=repo).out:
        time.sleep(0.02)
    threading.Timer(0.2, (place / "go").touch).start()
    shown = phc("logs", "-f", "--tail", "1", "-", cwd=repo)
    assert re.fullmatch(r"one\ntwo\n", shown.out)
    assert shown.code == 0
