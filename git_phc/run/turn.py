"""One turn of an agent, watched: its records go to the journal while the ref is looked at."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from git_phc.errors import in_words
from git_phc.plugins.protocols import Run
from git_phc.plugins.records import Record, done

LOOK = 0.2  # seconds between two looks at the task's ref
AHEAD = 16  # records that may wait for the journal; the agent then waits for us


class Pump:
    """Reads a run's records in a thread of its own, so that the caller can do other things."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._records: queue.Queue[Record | None] = queue.Queue(AHEAD)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> Record | None:
        """The next record; None when none came in that time. After `done` there is no more."""
        try:
            return self._records.get(timeout=seconds)
        except queue.Empty:
            return None

    def _read(self) -> None:
        last: Record = {}
        try:
            for record in self._run.records():
                last = record
                self._records.put(record)
        except Exception as error:  # noqa: BLE001  (an agent's adapter may be a stranger's)
            reason = in_words(error)
            last = failed(f"the agent's adapter failed: {reason}")
            self._records.put(last)
        if last.get("kind") != "done":
            self._records.put(failed("the agent ended without saying how"))


def failed(reason: str) -> dict[str, Any]:
    """The last record of a turn that did not come to an end of its own."""
    return done("failed", reason)


def drive(run: Run, write: Callable[[Record], None], is_over: Callable[[], bool]) -> Record:
    """Passes the records on until the turn is done, and cancels it when `is_over` says so.

    Returns the last record, whose kind is `done`.
    """
    pump, cancelled, due = Pump(run), False, 0.0
    while True:
        record = pump.next(max(0.0, due - time.monotonic()))
        if record is not None:
            write(record)
            if record.get("kind") == "done":
                return record
        if time.monotonic() < due:  # a look costs more than many a record
            continue
        due = time.monotonic() + LOOK
        if not cancelled and is_over():
            cancelled = True
            threading.Thread(target=run.cancel, daemon=True).start()
