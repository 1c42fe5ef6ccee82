"""Agents that do not start, do not end, say too much, or leave others behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.slow

PROGRAMS = {
    "missing": (None, 0o755, "could not be started: no such file or directory"),
    "not executable": ("#!/bin/sh\n", 0o644, "could not be started: permission denied"),
    "no interpreter": ("#!/nowhere/x\n", 0o755, "could not be started: no such file"),
    "no format": ("\0\1\2 nothing that runs\n", 0o755, "could not be started: exec format error"),
}


@pytest.mark.parametrize(
    "kind",
    [*list(PROGRAMS)[:2], *(pytest.param(k, marks=pytest.mark.slow) for k in list(PROGRAMS)[2:])],
)
def test_a_command_that_cannot_be_started(stage: Stage, kind: str, tmp_path: Path) -> None:
    content, mode, reason = PROGRAMS[kind]
    program = tmp_path / "program"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    done = stage.phc("start", "-q", "x", "--", str(program), cwd=stage.repo)
    task = done.out.strip()
    assert done.code == 1
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert reason in shown["reason"]
    program.unlink(missing_ok=True)
    program.write_text("#!/bin/sh\ncat > got\n")
    program.chmod(0o755)
    stage.ok("resume", task)
    assert (stage.tree(task) / "got").read_text() == "x"


def test_a_command_that_is_not_on_path_is_refused_and_nothing_is_made(stage: Stage) -> None:
    for mode in ("worktree", "local"):
        said = stage.no(1, "start", "x", "-m", mode, "--", "no-such-program-anywhere", "-x")
        assert "no-such-program-anywhere is not a program on PATH" in said
    assert stage.left_behind() == []


@pytest.mark.parametrize(
    ("script", "status", "code", "reason"),
    [
        ("exit 0", "ready", 0, None),
        ("exit 3", "failed", 3, "the command ended with exit code 3"),
        ("kill -9 $$", "failed", -9, "the command was ended by signal 9"),
    ],
)
def test_the_exit_code_is_the_outcome(
    stage: Stage, script: str, status: str, code: int, reason: str | None
) -> None:
    task = stage.start(script, code=0 if code == 0 else 1)
    shown = stage.show(task)
    assert (shown["status"], shown["run"]["exit_code"]) == (status, code)
    assert shown.get("reason") == reason


STAYING = {
    "in the background": "sleep 300 & echo $! > pid",
    "holding the output": "(echo child; exec sleep 300) & echo $! > pid",
    "in a session of its own": "setsid sh -c 'echo $$ > pid; exec sleep 300' &",
    "forked twice": "(setsid sh -c 'echo $$ > pid; trap \"\" HUP; sleep 300; :' &) &",
    "ignoring signals": 'setsid sh -c \'trap "" TERM INT HUP; echo $$ > pid; '
    "while :; do sleep 1; done' &",
}


OFTEN = ("holding the output", "forked twice", "ignoring signals")


@pytest.mark.parametrize(
    "kind",
    [kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.slow) for kind in STAYING],
)
def test_what_an_agent_leaves_behind_is_ended(stage: Stage, kind: str) -> None:
    begun = time.monotonic()
    task = stage.start(f"{STAYING[kind]}\nwhile ! [ -s pid ]; do sleep 0.01; done; echo parent")
    assert stage.status(task) == "ready"
    assert "parent" in stage.said(task)
    pid = int((stage.tree(task) / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert stage.marked() == []
    assert time.monotonic() - begun < 30


def test_an_agent_that_forks_and_exits(stage: Stage) -> None:
    script = "import os, sys, time\nif os.fork(): sys.exit(0)\nos.setsid()\ntime.sleep(300)"
    task = stage.start("x", "--", sys.executable, "-c", script)
    assert stage.status(task) == "ready"
    assert stage.marked() == []


STUBBORN = "trap 'echo asked' TERM; echo begun; while :; do sleep 0.05; done"


@pytest.mark.parametrize(
    "kind",
    [
        "gentle",
        pytest.param("stubborn", marks=pytest.mark.slow),
        pytest.param("in sessions", marks=pytest.mark.slow),
    ],
)
def test_stop_ends_the_whole_tree_in_bounded_time(stage: Stage, kind: str) -> None:
    script = {
        "gentle": "echo begun; sleep 300",
        "stubborn": STUBBORN,
        "in sessions": f"setsid sh -c 'trap \"\" TERM; sleep 300; :' & setsid -w sleep 300 & "
        f"{STUBBORN}",
    }[kind]
    task = stage.start(script, "-d")
    until(lambda: "begun" in stage.said(task))
    begun = time.monotonic()
    stage.ok("stop", task)
    assert time.monotonic() - begun < 20
    assert stage.status(task) == "cancelled"
    until(lambda: stage.marked() == [], seconds=5)
    assert ("asked" in stage.said(task)) is (kind != "gentle")


def test_stop_of_a_task_that_waits_in_the_line(stage: Stage) -> None:
    stage.git("config", "phc.jobs", "1")
    first = stage.start("echo begun; sleep 300", "-d")
    until(lambda: "begun" in stage.said(first))
    second = stage.start("echo never", "-d")
    time.sleep(0.5)
    assert stage.status(second) == "queued"
    stage.ok("stop", second)
    assert stage.status(second) == "cancelled"
    assert stage.said(second) == ""
    stage.ok("stop", first)
    stage.ok("resume", second)
    assert stage.said(second) == "never\n"


NOISE = """
import sys
line = b"0123456789abcdef " * 59 + b"\\n"
block = line * 64
for _ in range(int(sys.argv[1]) * 1024 * 1024 // len(block)):
    sys.stdout.buffer.write(block)
"""


def peak(stage: Stage, megabytes: int) -> tuple[str, float]:
    """Lets an agent write that much; the task, and the supervisor's peak RSS in MB."""
    task = stage.start("x", "-d", "--", sys.executable, "-c", NOISE, str(megabytes))
    process, high = stage.supervisor(task), 0.0
    status = Path(f"/proc/{process.pid}/status")

    def ended() -> bool:
        nonlocal high
        try:
            found = [line for line in status.read_text().splitlines() if "VmHWM" in line]
            high = max(high, *(int(line.split()[1]) / 1024 for line in found))
        except (OSError, TypeError):
            return True
        return False

    until(ended, seconds=500)
    assert stage.status(task) == "ready"
    print(f"{megabytes} MB of output: the supervisor's peak is {high:.1f} MB")  # noqa: T201
    return task, high


def test_a_supervisor_is_small(stage: Stage) -> None:
    _, ordinary = peak(stage, 0)
    assert ordinary < 60
    task, high = peak(stage, 8)
    assert high < 100
    assert len(stage.said(task)) > 7.9 * 1024 * 1024


@pytest.mark.slow
def test_two_hundred_megabytes_of_output(stage: Stage) -> None:
    task, high = peak(stage, 200)
    assert high < 100
    size = stage.git("ls-tree", "-r", "-l", f"refs/phc/runs/{task}")
    assert sum(int(line.split()[3]) for line in size.splitlines()) > 200 * 1024 * 1024
    stage.sound()


def test_one_line_without_an_end(stage: Stage) -> None:
    script = "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.buffer.write(b'\\xff' * 99)"
    task = stage.start("x", "--", sys.executable, "-c", script)
    assert stage.said(task).count("x") == 3_000_000
    assert stage.said(task).count("\ufffd") == 99


def test_what_is_said_keeps_its_order_and_its_characters(stage: Stage) -> None:
    task = stage.start("for i in 1 2 3 4 5; do printf 'ä%s\\n' $i; sleep 0.02; done; printf end")
    assert stage.said(task) == "ä1\nä2\nä3\nä4\nä5\nend"
