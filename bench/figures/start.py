"""`start -d`, against the `git worktree add` that it cannot do without, or does not need."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from bench.lab import PROGRAM, Lab
from bench.measure import Figure, timed
from git_phc.workspaces.pool import READY

START = (*PROGRAM, "start", "-d", "--mode", "worktree", "look around", "--", "true")


def figures(lab: Lab) -> Iterator[Figure]:
    """On a small repository and on a large one."""
    yield _figure(lab, "start -d", _start, files=10, most=1000)
    yield _figure(lab, "start -d", _start, files=50_000, most=3)
    warm = _figure(lab, "start -d from the pool", _start_warm, files=50_000, most=3)
    yield replace(warm, factor=0.15, extra=350)


def _figure(
    lab: Lab, name: str, act: Callable[[Lab, Path], float], *, files: int, most: int
) -> Figure:
    def repo() -> Path:
        return lab.repository(f"files{files}", files=files)

    return Figure(
        f"{name}, {files:,} files",
        lambda: act(lab, repo()),
        lambda: _worktree(lab, repo()),
        factor=1.15,
        extra=500,
        most=most,
    )


def _start_warm(lab: Lab, repo: Path) -> float:
    """A start that finds a slot ready: what the former task left, washed behind its `done`."""
    if not _is_ready(repo):
        lab.run(*START, cwd=repo)
        lab.phc("wait", "-", cwd=repo)
        _put_away(lab, repo)
    took = timed(lambda: lab.run(*START, cwd=repo))
    lab.phc("wait", "-", cwd=repo)
    _put_away(lab, repo)
    return took


def _put_away(lab: Lab, repo: Path) -> None:
    lab.phc("done", "-", cwd=repo)
    while not _is_ready(repo):
        time.sleep(0.05)


def _is_ready(repo: Path) -> bool:
    locks = repo.glob(".git/worktrees/*/locked")
    return any(lock.read_text() == READY for lock in locks)


def _start(lab: Lab, repo: Path) -> float:
    took = timed(lambda: lab.run(*START, cwd=repo))
    lab.phc("wait", "-", cwd=repo)  # so that its run is not in the way of what comes next
    _clear(lab, repo, repo.with_name(f"{repo.name}.phc"))
    return took


_numbers = count()


def _worktree(lab: Lab, repo: Path) -> float:
    number = next(_numbers)
    place = repo.with_name(f"{repo.name}.plain") / str(number)
    words = ("worktree", "add", "-q", "-b", f"plain{number}", str(place), "HEAD")
    took = timed(lambda: lab.run("git", *words, cwd=repo))
    _clear(lab, repo, place)
    return took


def _clear(lab: Lab, repo: Path, place: Path) -> None:
    shutil.rmtree(place)
    lab.run("git", "worktree", "prune", cwd=repo)
