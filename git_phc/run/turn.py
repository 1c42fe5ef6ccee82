"""One turn of an agent, watched: its records go to the journal while the ref is looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from git_phc.errors import in_words
from git_phc.plugins.protocols import Run
from git_phc.plugins.records import Record, done

LOOK = 0.2  # seconds between two looks at the task's ref


def failed(reason: str) -> Record:
    """The last record of a turn that did not come to an end of its own."""
    return done("failed", reason)


def drive(run: Run, hear: Callable[[Record], None], is_over: Callable[[], bool]) -> Record:
    """Hears the records until the turn is done, and cancels it when `is_over` says so. Never are
    two of these calls under way at once; what one of them raises is raised here.

    Returns the last record, whose kind is `done`.
    """
    watched = _Watched(run, hear, is_over)
    threading.Thread(target=watched.read, daemon=True).start()
    try:
        while not watched.ended.wait(LOOK):
            watched.look()
    finally:
        watched.leave()
    if watched.error:
        raise watched.error
    return watched.last


class _Watched:
    """A turn that two threads have a part in. One reads and hears: an agent's every word would
    otherwise wake two. The other looks at the ref while the agent is silent; the reader does
    that, too, so that no flood of words can keep it from being looked at.

    Attributes:
        ended: the last record has been heard, or hearing has failed.
        last: what was said last.
        error: why hearing has failed.
    """

    def __init__(
        self, run: Run, hear: Callable[[Record], None], is_over: Callable[[], bool]
    ) -> None:
        self._run, self._hear, self._is_over = run, hear, is_over
        self._turn = threading.Lock()
        self._left = self._cancelled = False
        self._due = 0.0
        self.ended = threading.Event()
        self.last: Record = {}
        self.error: BaseException | None = None

    def read(self) -> None:
        """Hears all that the run says, and looks in between."""
        try:
            for record in self._records():
                with self._turn:
                    if self._left:
                        return
                    self.last = record
                    self._hear(record)
                    self._look()
        except BaseException as error:  # noqa: BLE001  (it is raised where the turn is waited for)
            self.error = error
        finally:
            self.ended.set()

    def look(self) -> None:
        """Looks at the ref, where that was not just done."""
        with self._turn:
            self._look()

    def leave(self) -> None:
        """Nothing is heard any more."""
        with self._turn:
            self._left = True

    def _look(self) -> None:
        if time.monotonic() < self._due:  # a look costs more than many a record
            return
        self._due = time.monotonic() + LOOK
        if not self._cancelled and self.last.get("kind") != "done" and self._is_over():
            self._cancelled = True
            threading.Thread(target=self._run.cancel, daemon=True).start()

    def _records(self) -> Iterator[Record]:
        """The run's, up to the one that says how it ended: a stranger's adapter may fail, or
        forget it.
        """
        try:
            for record in self._run.records():
                yield record
                if record.get("kind") == "done":
                    return
        except Exception as error:  # noqa: BLE001
            yield failed(f"the agent's adapter failed: {in_words(error)}")
        else:
            yield failed("the agent ended without saying how")
