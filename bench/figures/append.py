"""An event appended by a living process, against the plumbing that writes the same."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from bench.lab import Lab
from bench.make_tasks import ACTOR
from bench.measure import Figure, timed
from git_phc.git.loose import LooseWriter
from git_phc.git.refs import list_refs, read_ref
from git_phc.git.repo import Repo
from git_phc.host.clock import Clock
from git_phc.model.events.labelled import Labelled
from git_phc.model.ids import TaskId
from git_phc.store import layout
from git_phc.store.tasks import Tasks

SYNC = ("git", "-c", "core.fsync=all")


def figures(lab: Lab) -> Iterator[Figure]:
    """The same objects, the same ref, all of it synced to disk."""
    path = lab.repository("appended", tasks=2)
    repo = lab.opened(path)
    ours, theirs = (
        TaskId(ref.removeprefix(layout.TASKS)) for ref, _ in list_refs(repo, layout.TASKS)
    )
    tasks = Tasks(repo, LooseWriter(repo), ACTOR, Clock())
    numbers = count()

    def append(task: TaskId) -> float:
        return timed(lambda: tasks.append(task, lambda _: [Labelled((f"n{next(numbers)}",))]))

    def plumbing() -> float:
        append(theirs)  # makes the objects that are written once more, elsewhere
        return _replay(repo, path, theirs)

    yield Figure("append an event", lambda: append(ours), plumbing, factor=1.5)


def _replay(repo: Repo, path: Path, task: TaskId) -> float:
    """Writes the last commit of a task again, byte for byte new, by five git programs."""
    tip = read_ref(repo, layout.task_ref(task)) or ""
    tree = repo.git("ls-tree", tip).out
    event, snapshot = (
        repo.git("cat-file", "blob", f"{tip}:{name}").out for name in ("event.json", "task.json")
    )
    message = repo.git("log", "-1", "--format=%B", tip).out

    def write() -> None:
        _git(path, ["hash-object", "-w", "--stdin"], event + b" ")
        _git(path, ["hash-object", "-w", "--stdin"], snapshot + b" ")
        made = _git(path, ["mktree"], tree + b"100644 blob %s\tmark\n" % tip_blob)
        commit = _git(path, ["commit-tree", made, "-p", tip], message)
        _git(path, ["update-ref", "refs/bench/replay", commit], b"")

    tip_blob = _git(path, ["hash-object", "-w", "--stdin"], tip.encode()).encode()
    return timed(write)


def _git(path: Path, words: Sequence[str], data: bytes) -> str:
    done = subprocess.run([*SYNC, *words], cwd=path, input=data, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()
