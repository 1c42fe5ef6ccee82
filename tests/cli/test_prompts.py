"""Where the prompt of `start` and `send` comes from, but for the editor: test_screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit import Phc

PLAN = ("start", "--dry-run", "--json")


def planned(phc: Phc, repo: Path, *words: str, input: str = "") -> str:
    shown = phc(*PLAN, *words, "--", "true", cwd=repo, input=input)
    assert (shown.code, shown.err) == (0, "")
    return str(json.loads(shown.out)["prompt"])


def test_where_it_comes_from(repo: Path, phc: Phc) -> None:
    (repo / "sub").mkdir()
    (repo / "sub" / "prompt.md").write_text("From a file\n")
    assert planned(phc, repo, "From words") == "From words"
    assert planned(phc, repo / "sub", "-F", "prompt.md") == "From a file\n"
    assert planned(phc, repo, "--file", str(repo / "sub" / "prompt.md")) == "From a file\n"
    assert planned(phc, repo, "-F", "-", input="From a pipe\n") == "From a pipe\n"
    assert planned(phc, repo, "-", input="From a pipe\n") == "From a pipe\n"
    assert planned(phc, repo) == ""


def test_a_command_without_a_prompt_is_its_own_title(repo: Path, phc: Phc) -> None:
    shown = phc("start", "--dry-run", "--", "make", "test", cwd=repo)
    assert shown.err.startswith("git phc: ") or shown.lines[0] == "Would start: make test"


def test_bytes_that_are_no_text_are_replaced(repo: Path, phc: Phc) -> None:
    (repo / "prompt").write_bytes(b"caf\xe9\n")
    assert planned(phc, repo, "-F", "prompt") == "caf\ufffd\n"
    assert planned(phc, repo, "caf\udce9") == "caf\ufffd"
    assert planned(phc, repo, "-F", "-", input="caf\udce9") == "caf\ufffd"


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        (
            ("Do it", "-F", "file"),
            2,
            "git phc: the prompt is given twice, as TEXT and by -F.\nLeave out one of them.\n",
        ),
        (
            ("-F", "missing"),
            1,
            (
                "git phc: missing cannot be read: no such file or directory.\n"
                "Check its name: ls -l FILE\n"
            ),
        ),
        ((" \n ",), 2, 'git phc: there is no prompt.\nSay what to do: git phc start "…"\n'),
        (
            (),
            2,
            (
                "git phc: there is no prompt.\n"
                "Give it as TEXT, or by -F FILE (-F - is standard input).\n"
            ),
        ),
        (
            ("Do it", "--"),
            2,
            "git phc: there is no command after --.\nSee: git phc start -h\n",
        ),
    ],
)
def test_refusals(words: tuple[str, ...], code: int, err: str, repo: Path, phc: Phc) -> None:
    refused = phc("start", *words, cwd=repo)
    assert (refused.code, refused.out, refused.err) == (code, "", err)


def test_a_megabyte_from_a_pipe(repo: Path, phc: Phc) -> None:
    prompt = "line of the prompt\n" * 60_000
    started = phc("start", "-F", "-", "-q", "--", "sh", "-c", "wc -c", cwd=repo, input=prompt)
    assert (started.code, started.err) == (0, "")
    assert json.loads(phc("show", "-", "--json", cwd=repo).out)["prompt"] == prompt
    assert phc("logs", "-", cwd=repo).lines[-1].strip() == str(len(prompt))
    assert phc("status", "-", cwd=repo).lines[-1].startswith("    … (all of it: git phc show ")
