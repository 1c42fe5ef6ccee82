"""All tasks at a glance: those that somebody may have to look at, and a count of the rest.

Of ten thousand tasks most are put away: done, archived or deleted. They are counted from the
index, and read only where it does not know them.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct, field

from git_phc.errors import DamagedTask
from git_phc.git.refs import Asked, parse_refs, raw_refs
from git_phc.git.repo import Repo
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.tasks import parse_task, read_bodies

if TYPE_CHECKING:
    from git_phc.store.index import Index

# Below this many tasks to read, reading them takes less time than to load sqlite3.
FEW = 150


class Survey(Struct):
    """What there is.

    Attributes:
        tasks: those that are not put away, in the order of their ids.
        away: how many are put away, by why (see `why_away`).
        damaged: those that cannot be read.
        names: of all of them, in order.
    """

    tasks: list[Task] = field(default_factory=list)
    away: Counter[str] = field(default_factory=Counter)
    damaged: list[DamagedTask] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def why_away(task: Task) -> str:
    """Deleted, archived or done, as one of these words; "" for a task that is not put away.

    One that is marked done while a run of it is open is not: who runs it may have died.
    """
    if task.deleted:
        return "deleted"
    if task.archived:
        return "archived"
    return "done" if task.is_done and not task.is_open else ""


def survey(repo: Repo) -> Survey:
    """Every task of the repository, as it is now."""
    if not layout.index_file(repo).exists():
        refs = _Refs(raw_refs(repo, layout.TASKS), len(repo.zero))
        return _from_git(repo, refs).survey(refs)
    from git_phc.store.index import read_index

    asked = Asked(repo, layout.TASKS)  # while git lists ten thousand refs, the index is read
    with read_index(repo) or nullcontext() as index:
        refs = _Refs(asked.answer(), len(repo.zero))
        reading = _from_index(repo, refs, index) if index else None
    return (reading or _from_git(repo, refs)).survey(refs)


class _Refs:
    """The refs of all tasks, taken apart no further than a list of ten thousand needs."""

    def __init__(self, raw: bytes, oid_size: int) -> None:
        self.raw = raw
        self._size = oid_size
        self._lines = os.fsdecode(raw).split("\n")[:-1]
        skip = oid_size + 1 + len(layout.TASKS)
        self.names = [line[skip:] for line in self._lines]

    def tip(self, name: str) -> str:
        """The object id of a task's ref, "" where there is none; git lists them in order."""
        at = bisect_left(self.names, name)
        found = at < len(self.names) and self.names[at] == name
        return self._lines[at][: self._size] if found else ""


def _from_index(repo: Repo, refs: _Refs, index: Index) -> _Reading | None:
    """By the index, and by git for what is not in it; None when that is too much."""
    known = index.about(refs.raw)
    if known is None or len(known.news) > FEW:
        return None
    reading = _Reading(repo, known.away)
    for name in index.bodies.keys() - known.gone:
        tip = refs.tip(name)
        if not tip:
            return None  # it is not one that we made
        reading.tasks[name] = Task(index.bodies[name], tip)
    return reading.read(b"\n".join(known.news))


def _from_git(repo: Repo, refs: _Refs) -> _Reading:
    """By git alone; the index is written for the next time, where it will be worth it."""
    reading = _Reading(repo, Counter()).read(refs.raw)
    if len(refs.names) > FEW:
        from git_phc.store.index import remember

        remember(repo, reading.readable(refs.raw), reading.shown, reading.why)
    return reading


class _Reading:
    """A survey under way, and what the index keeps of it: `shown` and `why`."""

    def __init__(self, repo: Repo, away: Counter[str]) -> None:
        self._repo, self._away = repo, away
        self.tasks: dict[str, Task] = {}
        self._damaged: dict[str, DamagedTask] = {}
        self.shown: dict[str, bytes] = {}
        self.why: dict[str, str] = {}

    def read(self, listing: bytes) -> _Reading:
        """Reads the tasks of these refs from git."""
        for name, tip, body in read_bodies(self._repo, list(parse_refs(listing))):
            task = parse_task(name, tip, body)
            if isinstance(task, DamagedTask):
                self._damaged[name] = task
            elif why := why_away(task):
                self._away[why] += 1
                self.why[name] = why
            else:
                self.tasks[name] = task
                self.shown[name] = body
        return self

    def readable(self, listing: bytes) -> bytes:
        """The list without the damaged ones: those are looked at each time, for an object
        that was missing may come back.
        """
        bad = {f"{layout.TASKS}{name}".encode(errors="surrogateescape") for name in self._damaged}
        lines = listing.split(b"\n")
        return b"\n".join(line for line in lines if line.partition(b" ")[2] not in bad)

    def survey(self, refs: _Refs) -> Survey:
        tasks = [self.tasks[name] for name in sorted(self.tasks)]
        damaged = [self._damaged[name] for name in sorted(self._damaged)]
        return Survey(tasks, self._away, damaged, refs.names)
