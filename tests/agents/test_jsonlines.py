"""Programs that speak JSON lines, and how badly they may do it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from git_phc.agents.jsonlines import Broken, JsonLines, Lines
from git_phc.errors import PhcError
from git_phc.host.process import marked
from tests.agents.playing import turn_for

Start = Callable[..., JsonLines]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a Python program that speaks as badly as its text says."""

    def make(program: str, **given: Any) -> JsonLines:
        head = "import json, os, subprocess, sys, time\n"
        return JsonLines([sys.executable, "-c", head + program], turn_for(tmp_path, "x"), **given)

    return make


def everything(program: JsonLines) -> list[Any]:
    return [event.why if isinstance(event, Broken) else event for event in program.events()]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([b'{"a":1}\n{"b"', b":2}\n"], [{"a": 1}, {"b": 2}]),
        ([b'{"a":1}\r\n\n \n{"b":2}'], [{"a": 1}, {"b": 2}]),
        ([b'{"a":', b"1"], ['the agent stopped in the middle of a line: {"a":1']),
        ([b"\x1b[1mhello\x1b[0m\n[1]\n"], ["hello", "[1]"]),
        ([b'{"a":"\xff"}\n', b"9" * 40 + b"\n"], ['{"a":"\ufffd"}', "9" * 40]),
        ([b"x" * 40, b"x" * 40 + b'\n{"a":1}\n'], ["", {"a": 1}]),
        ([b"[" * 63 + b"\n"], ["[" * 63]),
        ([b'{"a":"\xc3', b'\xa4"}\n'], [{"a": "ä"}]),
    ],
)
def test_lines(pieces: list[bytes], found: list[Any]) -> None:
    lines = Lines(64)
    got = [event for piece in [*pieces, b""] for event in lines.feed(piece)]
    assert len(got) == len(found)
    for event, wanted in zip(got, found, strict=True):
        if isinstance(wanted, str):
            assert isinstance(event, Broken)
            assert event.why.endswith(wanted)
        else:
            assert event == wanted


def test_a_line_that_is_nested_too_deep_is_broken() -> None:
    (event,) = Lines(1 << 20).feed(b"[" * 100_000 + b"\n")
    assert isinstance(event, Broken)


def test_what_is_said_to_it_is_heard(start: Start) -> None:
    program = start("for line in sys.stdin: print(json.dumps([line.strip()][0]))\n", listens=True)
    program.send({"a": "x" * 300_000})
    program.close_input()
    (echo,) = everything(program)
    assert "no JSON object" in echo
    assert program.end() == 0


def test_its_end_is_told_with_its_last_words(start: Start) -> None:
    complaint = "print('x' * 9999 + '\\n\\x1b[31mno\\x1b[0m key\\n\\n', file=sys.stderr)"
    program = start(f"print('{{\"a\":', end='', flush=True); {complaint}; os.kill(os.getpid(), 9)")
    assert everything(program) == ['the agent stopped in the middle of a line: {"a":']
    assert program.end() == -9
    assert program.last_words().endswith("xxx / no key")
    assert len(program.last_words()) == 600


def test_a_slow_reader_loses_nothing_and_makes_it_wait(start: Start) -> None:
    program = start("for n in range(20_000): print(json.dumps({'n': n, 'pad': 'x' * 400}))")
    numbers: list[int] = []
    for event in program.events():
        assert isinstance(event, dict)
        if not numbers:
            threading.Event().wait(0.3)
            assert program._process.poll() is None  # of its 8 MB a pipe holds 64 KiB
        numbers.append(event["n"])
    assert numbers == list(range(20_000))
    assert program.end() == 0


def test_a_child_that_holds_the_output_is_not_waited_for(start: Start) -> None:
    program = start(
        "print('{}', flush=True); subprocess.Popen(['sleep', '300'], start_new_session=True)"
    )
    assert everything(program) == [{}]
    assert program.end() == 0
    assert marked(program._mark) == []


def test_a_program_that_hangs_is_ended_from_another_thread(start: Start) -> None:
    program = start("print('{}', flush=True); time.sleep(300)", listens=True)
    program.send({"never": "read", "pad": "x" * 1_000_000})
    for event in program.events():
        assert event == {}
        threading.Thread(target=program.end).start()
    assert program.end() == -15
    assert marked(program._mark) == []


def test_a_program_that_lingers_is_given_its_time(start: Start) -> None:
    program = start("print('{}', flush=True); time.sleep(300)")
    for _ in program.events():
        program.allow(0.1)
    assert program.end() == -15


def test_complaints_do_not_fill_the_disk(start: Start) -> None:
    program = start(
        "for _ in range(9):\n  os.write(2, b'x' * 20_000); print('{}', flush=True)\n"
        "  time.sleep(0.02)",
        longest=10_000,
    )
    assert everything(program) == [{}] * 9
    assert program._stderr.stat().st_size <= 40_000
    program.end()


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PhcError, match="nowhere could not be started: no such file or directory"):
        JsonLines([os.fspath(tmp_path / "nowhere")], turn_for(tmp_path, "x"))
