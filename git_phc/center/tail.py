"""What a task's runs say, as it comes: the end of what there is, then only what is new.

A journal is read on from where the last look has ended, never as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from git_phc.center.messages import Said
from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.transcript import run_ids
from git_phc.store.transcripts import journal_file, journal_lines, lines, segments

ENOUGH = 200_000  # bytes of a conversation that are read when it comes into view


class Tail:
    """One task's conversation, from its last turns on."""

    def __init__(self) -> None:
        self._run = ""  # the run that was read last
        self._at = 0  # how many bytes of it
        self._stored = ""  # its transcripts' ref, when that was read last
        self._begun = False
        self._trouble = ""

    def look_or_tell(self, ctx: Context, task: Task, stored: str) -> Said | None:
        """The same as `look`; what cannot be read is told in its place, once."""
        try:
            return self.look(ctx, task, stored)
        except PhcError as error:
            if error.message == self._trouble:
                return None
            self._trouble = error.message
            return Said([{"kind": "error", "text": error.message}], afresh=False)

    def look(self, ctx: Context, task: Task, stored: str) -> Said | None:
        """What is new; None where nothing is. `stored`: what its transcripts' ref holds now.

        Raises DamagedTask.
        """
        run = task.run.id if task.run else ""
        if not self._begun:
            self._begun = True
            records = list(self._past(ctx, task))
            self._stored = stored
            return Said(records, afresh=True)
        if run != self._run:
            self._run, self._at, self._stored = run, 0, ""
        if not run:
            return None
        found = list(self._more(ctx.repo, task, stored))
        return Said(found, afresh=False) if found else None

    def _past(self, ctx: Context, task: Task) -> Iterator[Mapping[str, Any]]:
        """The runs before, as far as there is room for them, and the latest one."""
        runs = run_ids(ctx, task)
        sizes = dict.fromkeys(runs, 0)
        for segment in segments(ctx.repo, task.id):
            sizes[segment.run] = sizes.get(segment.run, 0) + segment.size
        first, room = len(runs) - 1, ENOUGH - sizes.get(runs[-1], 0) if runs else 0
        while first > 0 and (room := room - sizes[runs[first - 1]]) > 0:
            first -= 1
        for run in runs[max(first, 0) :]:
            self._run, self._at = run, _begin(ctx.repo, task, run)
            yield from self._read(lines(ctx.repo, task.id, run, self._at))

    def _more(self, repo: Repo, task: Task, stored: str) -> Iterator[Mapping[str, Any]]:
        journal = journal_file(repo, self._run)
        if journal.exists():  # it has all of the run, and no git is needed to read it
            yield from self._read(journal_lines(journal, self._at))
        elif self._stored != stored:
            self._stored = stored
            yield from self._read(lines(repo, task.id, self._run, self._at))

    def _read(self, found: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
        for line in found:
            self._at += len(line) + 1
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            yield record if isinstance(record, dict) else {"kind": "damaged"}


def _begin(repo: Repo, task: Task, run: str) -> int:
    """Where to begin with a run of which there may be very much: a line begins there."""
    journal, at = journal_file(repo, run), 0
    if journal.exists():
        with journal.open("rb") as file:
            size = file.seek(0, 2)
            if size > ENOUGH:
                file.seek(size - ENOUGH)
                file.readline()
                at = file.tell()
        return at
    sizes = [segment.size for segment in segments(repo, task.id, run)]
    while sizes and sum(sizes) > 2 * ENOUGH:
        at += sizes.pop(0)
    return at
