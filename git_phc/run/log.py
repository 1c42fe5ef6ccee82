"""What a run says: at once into its journal, and piece by piece into a ref of the task's."""

from __future__ import annotations

import shutil

from git_phc.errors import PhcError, in_words
from git_phc.model.ids import EventId, TaskId
from git_phc.plugins.records import Record
from git_phc.run.journal import Journal
from git_phc.services.context import Context, signature
from git_phc.store import layout
from git_phc.store.transcripts import SEGMENT, Transcript, journal_file


class Log:
    """The journal of one run, and the transcript that is made of it."""

    def __init__(self, ctx: Context, id: TaskId, claim: EventId) -> None:
        self._ctx, self._claim = ctx, claim
        self._journal = Journal(journal_file(ctx.repo, claim), ctx.clock, ctx.redact)
        self.transcript = Transcript(ctx.repo, ctx.writer, id, claim)
        self._unsegmented = self._journal.size
        self._streamed, self._stream_due = 0, 0.0
        self._is_behind = False  # the ref has not what the journal has, and the run is over

    def write(self, record: Record) -> None:
        """Adds one record; what fills whole segments goes into the ref."""
        self._journal.append(record)
        if self._journal.size > self._unsegmented + 4 * SEGMENT:
            self.transcript.put_full(signature(self._ctx))
            self._unsegmented = self._journal.size

    def save(self, why: str) -> None:
        """Brings all of it into the ref."""
        self._journal.end_streams()
        self.transcript.flush(signature(self._ctx), f"transcript: {why}")

    def save_last(self, why: str) -> str:
        """The same for a run that must end, whether it can be done or not: then the journal stays,
        and whoever goes on with the task brings it in. Says what went wrong.
        """
        self._is_behind = True
        try:
            self.save(why)
        except (PhcError, OSError) as error:
            return f"what was said could not be stored with the task: {in_words(error)}"
        self._is_behind = False
        return ""

    def stream(self, interval: float | None) -> None:
        """Brings it into the ref every `interval` seconds, for who follows from afar."""
        now = self._ctx.clock.monotonic()
        if interval and now >= self._stream_due and self._journal.size > self._streamed:
            self.transcript.flush(signature(self._ctx), "transcript")
            self._streamed, self._stream_due = self._journal.size, now + interval

    def close(self) -> None:
        """Nothing more is said."""
        self._journal.close()

    def clear(self) -> None:
        """What the run kept here goes, where all of it is in refs."""
        if not self._is_behind:
            shutil.rmtree(layout.run_folder(self._ctx.repo, self._claim), ignore_errors=True)
