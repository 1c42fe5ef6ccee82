"""What the system tells of processes, while they come and go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from git_phc.host.process import MARKER
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
