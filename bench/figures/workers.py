"""Workers: the way from a start to the agent's first word, and what one takes of the processor
while nothing waits. What claims cost is measured by `bench.figures.claims`.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psutil

from bench.lab import PROGRAM, Lab
from bench.measure import Figure
from git_phc.git.remote import list_remote
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.worker.home import REMOTE, open_home

IDLE = 10.0  # seconds that an idle worker is looked at
FREE = ("worker", "--trust-remote", "--sandbox", "none")


class _Served:
    """A hub with tasks that wait, and whoever takes them."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._numbers = lab, count()
        self.hub = lab.folder / "cloud.git"
        self.clone = lab.folder / "cloud"
        lab.run("git", "init", "-q", "--bare", str(self.hub), cwd=lab.folder)
        lab.run("git", "clone", "-q", str(self.hub), str(self.clone), cwd=lab.folder)
        lab.run("git", "commit", "-q", "--allow-empty", "-m", "first", cwd=self.clone)
        lab.run("git", "push", "-q", "origin", "HEAD:main", cwd=self.clone)
        ctx = open_home(None, f"file://{self.hub}", lab.folder / "workers", os.environ, {})
        self.ctx: Context = ctx

    @contextmanager
    def worker(self, poll: str) -> Iterator[psutil.Process]:
        """A worker in a folder of its own, once it waits for work."""
        state = self._lab.folder / f"state{next(self._numbers)}"
        argv = [*PROGRAM, *FREE, "--remote", f"file://{self.hub}", "--state", str(state)]
        process = subprocess.Popen(
            [*argv, "--poll", poll], cwd=self._lab.folder, stdout=subprocess.DEVNULL
        )
        try:
            while not list(state.glob("*.git/phc/policy")):
                time.sleep(0.05)
            time.sleep(2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()

    def first_word(self) -> float:
        """From a start to the first record of its run, with an idle worker."""
        self._empty()
        said = self._lab.folder / f"said{next(self._numbers)}"
        with self.worker("1"):
            words = ("start", "-q", "-d", "--mode", "cloud", "work", "--", "touch", str(said))
            start = time.perf_counter()
            self._lab.phc(*words, cwd=self.clone)
            while not said.exists():
                time.sleep(0.01)
            took = (time.perf_counter() - start) * 1000
            while list_remote(self.ctx.repo, self.ctx.wire, REMOTE, f"{layout.LEASE}*"):
                time.sleep(0.1)
            return took

    def idle(self) -> float:
        """Milliseconds of the processor, its children's too, a second."""
        self._empty()
        with self.worker("5") as process:
            before = sum(process.cpu_times()[:4])
            time.sleep(IDLE)
            return (sum(process.cpu_times()[:4]) - before) / IDLE * 1000

    def _empty(self) -> None:
        """Nothing waits, and nobody works."""
        refs = self._lab.run("git", "for-each-ref", "--format=delete %(refname)",
                             layout.QUEUE, layout.LEASE, cwd=self.hub)  # fmt: skip
        subprocess.run(
            ["git", "update-ref", "--stdin"], input=refs.encode(), cwd=self.hub, check=True
        )


@cache
def _served(lab: Lab) -> _Served:
    return _Served(lab)


def _clone(lab: Lab, hub: Path) -> float:
    """One clone that borrows, of the same repository."""
    path = lab.folder / f"clone{time.monotonic_ns()}"
    return lab.time("git", "clone", "-q", "--shared", str(hub), str(path), cwd=lab.folder)


def figures(lab: Lab) -> Iterator[Figure]:
    """The start's bound has one clone in it; the idle one has no yardstick."""
    yield Figure(
        "workers: from a start to the first record",
        lambda: _served(lab).first_word(),
        lambda: _clone(lab, _served(lab).hub),
        factor=1,
        extra=2500,
        most=3,
    )
    yield Figure(
        "workers: idle, of each second",
        lambda: _served(lab).idle(),
        None,
        factor=0,
        extra=20,
        most=1,
    )
