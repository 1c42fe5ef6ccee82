"""Scripts: what they say in bounds, and how they end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.host.script import Bounded, LastLine, run_script, script_argv


def passed_on(pieces: list[str], most: int = 20) -> list[str]:
    found: list[str] = []
    bounded = Bounded(found.append, most)
    for piece in pieces:
        bounded.feed(piece)
    bounded.close()
    return found


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ([], []),
        (["a\n", "b\n"], ["a\n", "b\n"]),
        (["0123456789\nabcdefghij\nrest\n"], ["0123456789\n", "abcdefghij\nrest\n"]),
        # Between the beginning and the end whole lines are left out.
        (
            ["first line\n", *(f"line {n}\n" for n in range(9))],
            ["first line\n", "line 0\n", "\n… 42 characters are left out …\n", "line 7\nline 8\n"],
        ),
        (["x" * 50], ["\n… 30 characters are left out …\n", "x" * 20]),
        (["x" * 50 + "end\n"], ["\n… 34 characters are left out …\n", "x" * 16 + "end\n"]),
        (
            ["a\n", "x" * 50 + "\n", "b\n"],
            ["a\n", "\n… 33 characters are left out …\n", "x" * 17 + "\nb\n"],
        ),
    ],
)
def test_of_much_the_beginning_and_the_end_are_passed_on(
    pieces: list[str], said: list[str]
) -> None:
    assert passed_on(pieces) == said


def test_what_is_held_is_bounded() -> None:
    found: list[str] = []
    bounded = Bounded(found.append, 1000)
    for _ in range(10_000):
        bounded.feed("0123456789" * 10)
        assert sum(map(len, bounded._tail)) <= 1100


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("echo a; echo b >&2", 0, "a\nb\n"),
        ("false\necho on", 1, ""),
        ("read x; echo -$x-", 1, ""),
        ("exec >&- 2>&-; sleep 0.1; exit 7", 7, ""),
        ("#!/usr/bin/env python3\nprint('hi')", 0, "hi\n"),
        ("tty || (exec < /dev/tty) || echo none", 0, "none\n"),
    ],
)
def test_how_a_script_runs(tmp_path: Path, text: str, code: int, said: str) -> None:
    heard: list[bytes] = []
    argv = script_argv(text, tmp_path / "folder" / "setup", os.environ["PATH"])
    ended = run_script(argv, cwd=tmp_path, env=os.environ, timeout=60, hear=heard.append)
    assert ended.code == code
    assert b"".join(heard).decode().endswith(said)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        *(("", ""), (" \n\n", ""), ("one", "one"), ("one\n", "one"), ("one\ntwo", "two")),
        *(("one\n  \n", "one"), ("one\n two \n\n", "two"), ("a\n" + "x" * 90, "x" * 20)),
        ("x" * 90 + "end\n", "x" * 17 + "end"),
    ],
)
def test_the_last_line_is_whole_however_it_comes(text: str, line: str) -> None:
    for size in (1, 2, 3, 7, 1000):
        last = LastLine(20)
        for at in range(0, len(text), size):
            last.feed(text[at : at + size])
        assert str(last) == line, size
