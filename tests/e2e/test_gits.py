"""How many git programs a run takes: each costs what a hundred lines of Python cost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.stage import Stage, until
from tests.kit import gits_started

MOST = 49  # a task of one turn, from `start` to its end, without what a clone does once


def test_a_run_takes_no_more_gits_than_it_needs(stage: Stage, tmp_path: Path) -> None:
    stage.start("first", "--", "true")
    with gits_started(tmp_path) as started:
        task = stage.start("again", "--", "sh", "-c", "echo x > made")
        until(lambda: list((stage.repo / ".git/phc/live").iterdir()) == [])
    assert stage.status(task) == "ready"
    counted = Counter(" ".join(argv)[-100:] for argv in started)
    print(*counted.most_common(), sep="\n")  # noqa: T201  (what has grown, where it has)
    assert counted.total() <= MOST
