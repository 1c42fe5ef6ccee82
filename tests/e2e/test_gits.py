"""How many git programs a run takes: each costs what a hundred lines of Python cost."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.e2e.stage import Stage, until
from tests.kit import run_program

MOST = 55  # a task of one turn, from `start` to its end, without what a clone does once


def test_a_run_takes_no_more_gits_than_it_needs(stage: Stage, tmp_path: Path) -> None:
    stage.start("first", "--", "true")
    traces = tmp_path / "traces"
    traces.mkdir()
    run_program(["git", "config", "--global", "trace2.eventTarget", str(traces)])
    task = stage.start("again", "--", "sh", "-c", "echo x > made")
    until(lambda: list((stage.repo / ".git/phc/live").iterdir()) == [])
    run_program(["git", "config", "--global", "--unset", "trace2.eventTarget"])
    assert stage.status(task) == "ready"
    counted = Counter(map(_words, traces.iterdir()))
    print(*counted.most_common(), sep="\n")  # noqa: T201  (what has grown, where it has)
    assert counted.total() <= MOST


def _words(trace: Path) -> str:
    """The end of a git's command line."""
    events = map(json.loads, trace.read_text().splitlines())
    return " ".join(next(event["argv"] for event in events if event["event"] == "start"))[-100:]
