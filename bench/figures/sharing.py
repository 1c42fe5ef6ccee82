"""Sharing: a sync with nothing to do, a push of a thousand tasks, a first pull of ten thousand,
each against plain git on the same refs of a bare repository beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from bench.figures.status import many
from bench.lab import PROGRAM, Lab
from bench.measure import Figure
from git_phc.store.layout import TASKS, tracking

NEW = 1000
FETCH = ("git", "fetch", "-q", "--refmap=", "--no-tags", "origin")
REFSPEC = f"+{TASKS}*:{tracking('origin')}*"


@cache
def hub(lab: Lab) -> Path:
    """A bare repository with ten thousand tasks."""
    path = lab.folder / "hub.git"
    lab.run("git", "clone", "-q", "--mirror", str(many(lab)), str(path), cwd=lab.folder)
    return path


@cache
def synced(lab: Lab) -> Path:
    """A clone that has all of them."""
    path = clone(lab, "synced", hub(lab))
    lab.phc("pull", cwd=path)
    return path


def clone(lab: Lab, name: str, of: Path) -> Path:
    """A repository with that origin, and nothing of it."""
    path = lab.folder / name
    shutil.rmtree(path, ignore_errors=True)
    lab.run("git", "init", "-q", str(path), cwd=lab.folder)
    lab.run("git", "remote", "add", "origin", str(of), cwd=path)
    return path


def figures(lab: Lab) -> Iterator[Figure]:
    """Where the network is none, what remains is git's work and ours."""
    yield Figure(
        "sharing: sync, 10,000 tasks, nothing to do",
        lambda: lab.time(*PROGRAM, "sync", cwd=synced(lab)),
        lambda: lab.time(*FETCH, REFSPEC, cwd=synced(lab)),
        factor=1.5,
        extra=300,
    )
    yield Figure(
        "sharing: push, 1,000 new tasks",
        lambda: _push(lab, lambda refs: (*PROGRAM, "push", *names(refs))),
        lambda: _push(lab, lambda refs: ("git", "push", "-q", "--atomic", "origin", *refs)),
        factor=1.3,
        extra=300,
        most=5,
    )
    yield Figure(
        "sharing: first pull of 10,000 tasks",
        lambda: lab.time(*PROGRAM, "pull", cwd=clone(lab, "first", hub(lab))),
        lambda: lab.time(*FETCH, REFSPEC, cwd=clone(lab, "first", hub(lab))),
        factor=3,
        most=3,
    )


def _push(lab: Lab, words: Callable[[list[str]], tuple[str, ...]]) -> float:
    """Pushes them all to a hub that has none of them, from a clone that has pushed none."""
    source = lab.repository("sharing", tasks=NEW)
    shutil.rmtree(lab.folder / "pushed", ignore_errors=True)
    lab.run("cp", "-r", str(source), str(lab.folder / "pushed"), cwd=lab.folder)
    path, target = lab.folder / "pushed", lab.folder / "target.git"
    shutil.rmtree(target, ignore_errors=True)
    lab.run("git", "init", "-q", "--bare", str(target), cwd=lab.folder)
    lab.run("git", "remote", "add", "origin", str(target), cwd=path)
    refs = lab.run("git", "for-each-ref", "--format=%(refname)", TASKS, cwd=path).split()
    return lab.time(*words([f"{ref}:{ref}" for ref in refs]), cwd=path)


def names(refspecs: list[str]) -> list[str]:
    """The tasks that the refspecs name."""
    return [spec.partition(":")[0].removeprefix(TASKS) for spec in refspecs]
