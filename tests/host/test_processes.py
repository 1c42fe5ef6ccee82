"""What the system tells of processes, while they come and go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from git_phc.host.process import MARKER, marked
from tests.kit import ROOT, require, run_program, unavailable

LOOK = "from git_phc.host.process import marked_runs; print(marked_runs())"


@pytest.mark.faults
def test_one_that_ends_while_it_is_looked_at_is_passed_over(tmp_path: Path) -> None:
    """Linux answers ESRCH, not ENOENT, where a process goes between two looks at it."""
    require("strace")
    env = {**os.environ, MARKER: "a-task"}
    with (
        subprocess.Popen(["sleep", "60"], env=env) as seen,
        subprocess.Popen(["sleep", "60"]) as going,
    ):
        gone = f"/proc/{going.pid}/environ"
        words = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-P", gone]
        words += ["-e", "inject=all:error=ESRCH", sys.executable, "-c", LOOK]
        try:
            done = run_program(words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
        finally:
            seen.kill()
            going.kill()
    if "ptrace" in done.err:
        unavailable(f"strace may not trace here: {done.err.splitlines()[0]}")
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert done.code == 0, done.err
    assert f"'a-task': [{seen.pid}]" in done.out


def test_one_that_becomes_another_program_is_seen_all_the_while(tmp_path: Path) -> None:
    """Just then it has no environment that could be read."""
    again = tmp_path / "again"
    again.write_text('[ "$1" = 40000 ] || exec sh "$0" $(($1 + 1))\n')
    env = {**os.environ, MARKER: "a-task"}
    with subprocess.Popen(["sh", str(again), "0"], env=env) as process:
        try:
            looks = [marked("a-task") for _ in range(1000)]
            assert process.poll() is None
        finally:
            process.kill()
    assert [look for look in looks if look != [process.pid]] == []
