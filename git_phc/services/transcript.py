"""What a task's runs have said, as it is asked for: which runs, since when, and what comes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from git_phc.errors import NoSuchTask, UsageError
from git_phc.git.objects import Reader
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.services.bus import Bus
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.need import need
from git_phc.services.seen import look
from git_phc.services.wait import looks, taken
from git_phc.store import layout
from git_phc.store.tasks import load
from git_phc.store.transcripts import journal_file, journal_lines, lines

Records = Iterator[Mapping[str, Any]]


class Part(Struct):
    """A part of a task's transcript: of one run or of all, and of any age or not.

    Attributes:
        wanted: the beginning of a run's id.
        since: a time or an age, in the user's words.
    """

    ctx: Context
    task: Task
    wanted: str | None = None
    since: str | None = None
    _known: int = 0  # bytes of the latest run that were read

    def past(self, *, ends: bool = False) -> Records:
        """What was said until now; with `ends`, a run that came to nothing before it could say a
        word has its end told, as a record that is not kept.
        """
        since = oldest(self.since, self.ctx.clock.now()) if self.since else ""
        for run in self._runs():
            self._known = 0
            for line in lines(self.ctx.repo, self.task.id, run):
                self._known += len(line) + 1
                record = _record(line)
                if str(record.get("at", "")) >= since:
                    yield record
            if ends and not self._known:
                yield from (end for end in self._end_of(run) if str(end["at"]) >= since)

    def to_come(self) -> Records:
        """What is said after `past` has come to its end, until the run has ended."""
        before = self._runs()
        self.task = taken(self.ctx, self.task)
        latest = self.task.run.id if self.task.run else ""
        if latest not in before:
            self._known = 0
        if latest in self._runs():
            yield from follow(self.ctx, self.task, latest, self._known)

    def _end_of(self, run: str) -> Records:
        """Why a run has ended without success."""
        found = load(self.ctx.repo, self.task.id, self.task.tip).state.runs[EventId(run)]
        end = found.parts.get("ended", {})
        if end.get("outcome") in ("failed", "cancelled"):
            yield {"kind": "done", "at": "", **end}

    def _runs(self) -> list[str]:
        """The runs that are meant, oldest first. Raises NoSuchTask where `wanted` is none."""
        need(self.ctx, self.task, "runs")
        runs = run_ids(self.ctx, self.task)
        chosen = [run for run in runs if run.startswith(self.wanted or "")]
        if self.wanted is not None and len(chosen) != 1:
            short, some = self.task.id.short, "more than one" if chosen else "no"
            raise NoSuchTask(
                f"the task {short} has {some} run {self.wanted!r}",
                f"See its runs: git phc show {short} --json",
            )
        return chosen


def run_ids(ctx: Context, task: Task) -> list[str]:
    """The task's runs, oldest first."""
    runs = load(ctx.repo, task.id, task.tip).state.runs
    return [
        claim for _, claim in sorted((run.n, str(claim)) for claim, run in runs.items() if run.n)
    ]


def follow(ctx: Context, task: Task, run: str, start: int = 0) -> Records:
    """What a run says, from byte `start` of its transcript on, until it has ended. What is said
    in another clone comes as that one sends it.
    """
    with ExitStack() as held:
        if is_elsewhere(ctx, task) and task.is_busy:
            held.enter_context(Bus(ctx, task.id, "brought"))
        else:
            need(ctx, task, "runs")
        reader = held.enter_context(Reader(ctx.repo))
        seen: str | None = None  # what of the run was stored when it was read last
        for known in looks(ctx, task.id):
            now, interrupted = look(ctx, known)
            over = interrupted or not now.run or now.run.id != run or not now.is_busy
            if over:
                need(ctx, now, "runs")  # what it has said last comes with its end, or after it
            stored, journal = _stored(reader, task), journal_file(ctx.repo, run)
            if not over and journal.exists():  # it runs here, and its journal has all of it
                new = journal_lines(journal, start)
            elif over or stored != seen:
                new = lines(ctx.repo, task.id, run, start)
            else:
                continue
            seen = stored
            for line in new:
                start += len(line) + 1
                yield _record(line)
            if over:
                return


def _stored(reader: Reader, task: Task) -> str | None:
    found = reader.find(layout.runs_ref(task.id))
    return found.oid if found else None


def said_so_far(ctx: Context, task: Task) -> int:
    """How many bytes the latest run's transcript has by now."""
    run = task.run.id if task.run else ""
    return sum(len(line) + 1 for line in lines(ctx.repo, task.id, run))


def _record(line: bytes) -> Mapping[str, Any]:
    """The record of a line; one of an unknown kind for a line that does not parse."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    return record if isinstance(record, dict) else {"kind": "damaged"}


# When


def oldest(words: str, now: str) -> str:
    """The time that a time or an age means, RFC 3339 in UTC. Raises UsageError."""
    age = re.fullmatch(r"(\d{1,6})([smhd])", words)
    try:
        if age:
            unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[age[2]]
            moment = datetime.fromisoformat(now) - timedelta(**{unit: int(age[1])})
        else:
            moment = datetime.fromisoformat(words)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{words!r} is no time", "Give one such as 2026-01-31T12:00:00Z, or an age: 10m"
        ) from error
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
