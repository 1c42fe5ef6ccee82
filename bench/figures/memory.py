"""The most memory that our processes have at a time, as Linux counts it (VmHWM)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures.status import many
from bench.lab import Lab
from bench.measure import Figure
from git_phc.store.layout import index_file

TELL = """\
import os, sys
from pathlib import Path
from git_phc.cli.main import run

with open(os.devnull, "w") as out:
    streams = {"stdin": sys.stdin, "stdout": out, "stderr": out}
    run(sys.argv[1:], cwd=Path.cwd(), environ=os.environ, **streams)
print(Path("/proc/self/status").read_text())
"""
SHOW = (sys.executable, "-c", TELL)
AGENT = "seq 300000; sleep 0.5"  # two megabytes of words, and time to be looked at


def figures(lab: Lab) -> Iterator[Figure]:
    """Bounds are in megabytes; there is no yardstick."""
    if not Path("/proc/self/status").exists():
        return
    yield _figure("memory of status, 10,000 tasks, warm", lambda: _status(lab, many(lab)), 80)
    yield _figure("memory of status, 10,000 tasks, cold", lambda: _cold(lab, many(lab)), 80)
    yield _figure("memory of a supervisor", lambda: _supervisor(lab), 60)


def _figure(name: str, ours: Callable[[], float], limit: float) -> Figure:
    return Figure(name, ours, None, factor=0, extra=limit, unit="MB", most=3)


def _status(lab: Lab, repo: Path) -> float:
    return _peak(lab.run(*SHOW, "status", cwd=repo))


def _cold(lab: Lab, repo: Path) -> float:
    index_file(lab.opened(repo)).unlink(missing_ok=True)
    return _status(lab, repo)


def _supervisor(lab: Lab) -> float:
    repo = lab.repository("supervised")
    lab.phc("start", "-d", "--mode", "worktree", "count", "--", "sh", "-c", AGENT, cwd=repo)
    peak, deadline = 0.0, time.monotonic() + 60
    while (seen := _peak_of_supervisor(repo)) and time.monotonic() < deadline:
        peak = max(peak, seen)
        time.sleep(0.02)
    return peak


def _peak_of_supervisor(repo: Path) -> float:
    wanted = {b"git_phc.run", bytes(repo / ".git")}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted <= set((process / "cmdline").read_bytes().split(b"\0")):
                return _peak((process / "status").read_text())
        except OSError:
            continue
    return 0


def _peak(status: str) -> float:
    """VmHWM in MB, 0 for a process that has just ended."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0
