"""An agent's program that speaks JSON lines, and perhaps listens for them.

    program = JsonLines(argv, turn, listens=True)
    program.send({"type": "user", ...})
    for event in program.events():  # objects as they come; `Broken` for what is none
        ...
    code = program.end()            # whatever happened: nothing of it is left running

It owns the process and its streams and knows nothing of what the events mean. Whoever iterates
slowly makes the program wait. `send`, `close_input` and `end` may be called from any thread.
"""

from __future__ import annotations

import json
import os
import queue
import re
import selectors
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, cast

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.host.process import GRACE, MARKER, end_group, spawn_group, sweep
from git_phc.plugins.protocols import Turn
from git_phc.plugins.records import Record

Event = dict[str, Any]

CHUNK = 64 * 1024  # bytes of one read
LONGEST = 64 * 1024 * 1024
PAUSE = 0.2  # seconds between two looks at a silent program
LINGER = 0.5  # seconds that output is waited for after the program has ended
SPARE = 17  # chunks that are read after its time is up: more than a pipe holds
LAST_WORDS = 600  # characters of standard error that may be part of a reason
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


class Broken(Struct, frozen=True):
    """A line that is no JSON object."""

    why: str

    @property
    def record(self) -> Record:
        """What the transcript says of it."""
        return {"kind": "error", "text": self.why}


class JsonLines:
    """One such program at work, started when this is made.

    Args:
        argv: the program and its words.
        turn: whose folder, environment and scratch it has.
        env: an environment in place of the turn's; it holds the turn's `PHC_RUN`, too.
        listens: whether `send` is used; otherwise it has no standard input,
        reads: unless it is this file.
        longest: bytes of a line that is read, and of standard error that is kept.

    Raises:
        PhcError: it cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        turn: Turn,
        *,
        env: Mapping[str, str] | None = None,
        listens: bool = False,
        reads: Path | None = None,
        longest: int = LONGEST,
    ) -> None:
        self._stderr = turn.scratch / "stderr"
        self._mark = turn.env[MARKER]
        try:
            with self._stderr.open("ab") as stderr, _opened(reads) as file:
                self._process = spawn_group(
                    argv,
                    cwd=turn.cwd,
                    env=turn.env if env is None else env,
                    stdin=file or (subprocess.PIPE if listens else subprocess.DEVNULL),
                    stderr=stderr,
                    within=turn.within,
                )
        except (OSError, ValueError) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error)
            raise PhcError(f"{argv[0]} could not be started: {why.lower()}") from error
        self._lines, self._longest = Lines(longest), longest
        self._until: float | None = None
        self._ending = threading.Lock()
        self._ended = False
        self._letters: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        if listens:
            threading.Thread(target=self._write, daemon=True).start()

    def events(self) -> Iterator[Event | Broken]:
        """What the program says, until it ends, is ended, or its time is up (`allow`)."""
        out = cast("IO[bytes]", self._process.stdout)
        with out, selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            spare = SPARE
            while spare:
                self._bound_stderr()
                if late := self._is_over():
                    spare -= 1  # what it has written is still read, but not what others add
                if not selector.select(0 if late else PAUSE):
                    if late:
                        break
                    continue
                data = os.read(out.fileno(), CHUNK)
                yield from self._lines.feed(data)
                if not data:
                    return
        yield from self._lines.feed(b"")

    def send(self, message: Mapping[str, Any]) -> None:
        """Says something to the program. Does not wait until it listens, nor if it ever does."""
        self._letters.put(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def close_input(self) -> None:
        """The program is told nothing more, once all that was sent is written."""
        self._letters.put(None)

    def allow(self, seconds: float | None) -> None:
        """The program seems to have said all that matters: from now on it has so long to end.
        None: it had not; it has all the time that it needs.
        """
        self._until = None if seconds is None else time.monotonic() + seconds

    def end(self) -> int:
        """Ends the program and all that it has started; returns when they have gone.

        Returns:
            Its exit code, negative for a signal's number.
        """
        with self._ending:
            if not self._ended:
                end_group(self._process, GRACE if self._process.poll() is None else 0)
                sweep(self._mark)
                self.close_input()
                self._ended = True
        return self._process.returncode

    def last_words(self) -> str:
        """The end of what it said on standard error, on one line; "" where there is nothing."""
        with suppress(OSError), self._stderr.open("rb") as file:
            file.seek(max(0, self._stderr.stat().st_size - 4 * LAST_WORDS))
            text = _CONTROLS.sub("", file.read().decode(errors="replace"))
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return " / ".join(lines)[-LAST_WORDS:]
        return ""

    def _is_over(self) -> bool:
        """Whether nothing more is waited for: a child may keep the program's output open."""
        if self._until is None and self._process.poll() is not None:
            self.allow(LINGER)
        return self._until is not None and time.monotonic() > self._until

    def _bound_stderr(self) -> None:
        """A program that pours out complaints shall not fill the disk."""
        with suppress(OSError):
            if self._stderr.stat().st_size > self._longest:
                os.truncate(self._stderr, 0)

    def _write(self) -> None:
        """Writes what is sent, in a thread of its own: a program that never listens would hold
        up whoever talks to it.
        """
        listener = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError):
            while (letter := self._letters.get()) is not None:
                listener.write(letter)
                listener.flush()
        with suppress(OSError):
            listener.close()


def _opened(path: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    return path.open("rb") if path else nullcontext()


class Lines:
    """Cuts a stream into JSON objects, one a line."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Event | Broken]:
        """What is whole now; no data means that the stream has ended."""
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._hold(line)
            yield from self._taken(torn=False)
        self._hold(rest)
        if not data:
            yield from self._taken(torn=True)

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._longest:
            self._held.clear()
        elif piece:
            self._held.append(piece)

    def _taken(self, *, torn: bool) -> Iterator[Event | Broken]:
        line, size = b"".join(self._held).strip(), self._size
        self._held.clear()
        self._size = 0
        if size > self._longest:
            yield Broken(f"the agent wrote a line of {size} bytes, which was passed over")
        elif line:
            yield _parsed(line, torn=torn)


def _parsed(line: bytes, *, torn: bool) -> Event | Broken:
    with suppress(ValueError, RecursionError):
        value = json.loads(line)
        if isinstance(value, dict):
            return value
    start = _CONTROLS.sub("", line[:200].decode(errors="replace"))
    what = "stopped in the middle of a line" if torn else "wrote a line that is no JSON object"
    return Broken(f"the agent {what}: {start}")
