"""One turn of gemini at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from git_phc.agents.gemini import sessions
from git_phc.agents.gemini.events import Events
from git_phc.agents.jsonlines import Broken, JsonLines
from git_phc.plugins.protocols import Run, Turn
from git_phc.plugins.records import Record, done

FAREWELL = 5.0  # seconds in which gemini ends once it has said how the turn went


class GeminiRun(Run):
    """One turn. Its prompt comes on standard input: it may be longer than an argument."""

    def __init__(self, argv: Sequence[str], turn: Turn) -> None:
        self._turn = turn
        self._program = JsonLines(argv, turn, reads=turn.prompt_file)
        self._events = Events(str(turn.cwd))
        self._cancelled = threading.Event()

    def records(self) -> Iterator[Record]:
        try:
            for event in self._program.events():
                yield from self._heard(event)
        finally:
            code = self._program.end()
        yield self._outcome(code)

    def cancel(self) -> None:
        self._cancelled.set()
        self._program.end()

    def _heard(self, event: dict[str, object] | Broken) -> Iterator[Record]:
        if isinstance(event, Broken):
            yield event.record
            return
        for record in self._events.records(event):
            if record["kind"] == "session":
                sessions.taken_over(record["session"], self._turn)
            yield record
        if self._events.outcome:
            self._program.allow(FAREWELL)

    def _outcome(self, code: int) -> Record:
        if self._cancelled.is_set():
            return done("cancelled", None, code)
        if self._events.outcome:  # its exit code says less, and may say otherwise
            return self._events.outcome
        words = self._program.last_words()
        why = f": {words}" if words else ""
        return done("failed", f"gemini ended in the middle of the turn{why}", code)
