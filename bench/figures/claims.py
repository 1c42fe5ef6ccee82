"""Claims of one worker, of four and of sixteen, against a loop of pushes by bare git.

As many processes for both, at the same remote, with the same tasks in its queue. What is compared
is the time that passes for each task that somebody got, in claims and lost claims alone: the
bound is one of a rate, 0.6 of what bare git reaches.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO

from bench.lab import ROOT, Lab
from bench.measure import Figure

TASKS = {1: 24, 4: 48, 16: 96}  # that wait, by the number of workers
AT_ONCE = 48  # tasks that are made by one command
CLAIMER = ROOT / "bench" / "claimer.py"


class _Queue:
    """A hub whose queue can be filled again."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._numbers = lab, count()
        self._hub = lab.folder / "claims.git"
        clone = lab.folder / "claims"
        lab.run("git", "init", "-q", "--bare", str(self._hub), cwd=lab.folder)
        lab.run("git", "config", "gc.auto", "0", cwd=self._hub)  # no round has a repack under it
        lab.run("git", "clone", "-q", str(self._hub), str(clone), cwd=lab.folder)
        lab.run("git", "commit", "-q", "--allow-empty", "-m", "first", cwd=clone)
        lab.run("git", "push", "-q", "origin", "HEAD:main", cwd=clone)
        words = ("start", "-q", "-d", "--mode", "cloud", "-n", str(AT_ONCE))
        for _ in range(max(TASKS.values()) // AT_ONCE):
            lab.phc(*words, "work", "--", "true", cwd=clone)
        self._made = self._refs("refs/phc/tasks", "refs/phc/queue")

    def _refs(self, *below: str) -> dict[str, str]:
        words = ("git", "for-each-ref", "--format=%(refname) %(objectname)", *below)
        lines = self._lab.run(*words, cwd=self._hub).splitlines()
        return dict(line.split(" ") for line in lines)

    def _fill(self, tasks: int) -> None:
        """So many wait, as they did when they were made, and nobody has one."""
        names = [ref for ref in self._made if "/queue/" in ref][:tasks]
        wanted = {ref: oid for ref, oid in self._made.items() if "/tasks/" in ref}
        wanted |= {ref: self._made[ref] for ref in names}
        gone = self._refs("refs/phc/queue", "refs/phc/lease").keys() - wanted.keys()
        script = "".join(f"update {ref} {oid}\n" for ref, oid in wanted.items())
        script += "".join(f"delete {ref}\n" for ref in gone)
        words = ["git", "update-ref", "--stdin"]
        subprocess.run(words, input=script.encode(), cwd=self._hub, check=True)

    def measure(self, kind: str, workers: int) -> float:
        """Milliseconds for each task that somebody got.

        The claimers' folders stay until the lab goes: for half a minute after a file was deleted
        ext4 takes ten times as long to make one, of which an event needs nine and bare git one.
        """
        self._fill(TASKS[workers])
        folders = [self._lab.folder / f"claimer{next(self._numbers)}" for _ in range(workers)]
        crew = [self._claimer(kind, folder) for folder in folders]
        for process in crew:
            _pipe(process.stdout).readline()
        for process in crew:
            _pipe(process.stdin).write("go\n")
            _pipe(process.stdin).flush()
        said = [process.communicate()[0].split() for process in crew]
        won, seconds = sum(int(one) for one, _ in said), sum(float(two) for _, two in said)
        if won != TASKS[workers]:
            raise RuntimeError(f"of {TASKS[workers]} tasks {won} were claimed by {kind}")
        return seconds / workers / won * 1000

    def _claimer(self, kind: str, folder: Path) -> subprocess.Popen[str]:
        argv = [sys.executable, str(CLAIMER), kind, f"file://{self._hub}", str(folder)]
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, cwd=self._lab.folder, stdin=pipe, stdout=pipe, text=True)


def _pipe(found: IO[str] | None) -> IO[str]:
    if found is None:
        raise RuntimeError("a claimer has no pipe")
    return found


@cache
def _queue(lab: Lab) -> _Queue:
    return _Queue(lab)


def _claims(lab: Lab, kind: str, workers: int) -> Callable[[], float]:
    return lambda: _queue(lab).measure(kind, workers)


def figures(lab: Lab) -> Iterator[Figure]:
    """A line for each number of workers."""
    for workers, most in {1: 5, 4: 3, 16: 2}.items():
        name = "workers: a claim, " + ("one" if workers == 1 else f"one of {workers}")
        ours, bare = (_claims(lab, kind, workers) for kind in ("ours", "bare"))
        yield Figure(name, ours, bare, factor=1 / 0.6, most=most)
