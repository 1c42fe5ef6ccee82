"""One turn of codex at work: its process, and the talk with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from git_phc.agents.codex import levels
from git_phc.agents.codex.dialogue import Dialogue
from git_phc.agents.jsonlines import Broken, JsonLines
from git_phc.plugins.protocols import Answer, Run, Turn
from git_phc.plugins.records import Record, done

FAREWELL = 5.0  # seconds in which codex ends once its input is closed
INTERRUPTION = 2.0  # seconds in which codex ends a turn by itself


class CodexRun(Run):
    """One turn. codex runs in a process of its own for it, and ends with it."""

    def __init__(self, argv: Sequence[str], turn: Turn) -> None:
        self._began = levels.level(turn)
        self._program = JsonLines(argv, turn, listens=True)
        self._dialogue = Dialogue(turn, self._program.send)
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._dialogue.begin()

    def records(self) -> Iterator[Record]:
        try:
            yield from self._heard()
        finally:
            self._over.set()
            code = self._program.end()
        yield self._outcome(code)

    def answer(self, ask: str, answer: Answer) -> None:
        self._dialogue.answer(ask, answer)
        self._say_farewell()

    def set_autonomy(self, level: str) -> bool:
        return levels.can_change(self._began, level)

    def cancel(self) -> None:
        self._cancelled.set()
        if self._dialogue.interrupt():
            self._over.wait(INTERRUPTION)  # so that the conversation says that it was
        self._program.end()

    def _heard(self) -> Iterator[Record]:
        for event in self._program.events():
            if self._dialogue.outcome:
                continue  # until it has ended: it writes the conversation down
            if isinstance(event, Broken):
                yield event.record
                continue
            yield from self._dialogue.hear(event)
            self._say_farewell()

    def _say_farewell(self) -> None:
        if self._dialogue.outcome:
            self._program.close_input()
            self._program.allow(FAREWELL)

    def _outcome(self, code: int) -> Record:
        if self._cancelled.is_set():
            return done("cancelled", None, code)
        if self._dialogue.outcome:
            return self._dialogue.outcome
        words = self._program.last_words()
        why = f": {words}" if words else ""
        return done("failed", f"codex ended in the middle of the turn{why}", code)
