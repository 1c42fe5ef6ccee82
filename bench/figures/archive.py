"""`archive` of a task with 50,000 files: what it takes beyond the checkpoint goes on behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

from bench.figures.checkpoint import FILES, WHO
from bench.lab import PROGRAM, Lab
from bench.measure import Figure, timed
from git_phc.git.checkpoint import take
from git_phc.git.loose import LooseWriter


def figures(lab: Lab) -> Iterator[Figure]:
    """The whole program, against a checkpoint of the same folder in a living process."""
    numbers = count()

    @cache
    def made() -> tuple[Path, str, Path]:
        repo = lab.repository(f"files{FILES}", files=FILES)
        said = json.loads(lab.phc("start", "--json", "put away", "--", "true", cwd=repo))
        return repo, str(said["id"]), Path(said["worktree"])

    def change(folder: Path) -> None:
        number = next(numbers)
        for at in range(0, FILES, FILES // 100):
            name = f"d{at // 1000:02}/e{at // 100 % 10}/file{at}.txt"
            (folder / name).write_text(f"changed for the time of number {number}\n")

    def ours() -> float:
        repo, task, folder = made()
        change(folder)
        took = timed(lambda: lab.run(*PROGRAM, "archive", task, cwd=repo))
        lab.phc("unarchive", task, cwd=repo)
        return took

    def checkpoint() -> float:
        _, _, folder = made()
        change(folder)
        checkout = lab.opened(folder)
        return timed(
            lambda: take(
                checkout, LooseWriter(checkout), previous=None, who=WHO, message="x", facts={}
            )
        )

    yield Figure("archive, 50,000 files", ours, checkpoint, factor=1, extra=350, most=3)
