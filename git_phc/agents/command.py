"""Any command line as the agent.

The prompt comes on standard input, in the file `$PHC_PROMPT_FILE`, and in `$PHC_PROMPT` up to
64 KiB. What it prints is the transcript, its exit code the outcome: 0 is well, also without
changes. To run it is to consent to it: autonomy does not apply.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from git_phc.errors import PhcError
from git_phc.host.process import GRACE, MARKER, end_group, spawn_group, sweep
from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Availability, Run, Turn
from git_phc.plugins.records import Record, done

CHUNK = 64 * 1024  # bytes of one read, and so of one record, about
PAUSE = 0.1  # seconds after which an unfinished line is passed on
LINGER = 0.5  # seconds that output is waited for after the command has ended
VARIABLE = 64 * 1024  # bytes of a prompt that may go into a variable


class Command(Agent):
    """The agent `command`."""

    name = "command"
    about = "Any command line: git phc start TEXT -- COMMAND …"
    tried = "any"
    converses = False
    confined = True

    def check(self, settings: Mapping[str, Any]) -> Availability:
        argv = settings.get("command")
        if not argv:
            hint = 'Give one: git phc start "…" -- sh -c "…"'
            return Availability(missing="no command was given", hint=hint)
        path = settings.get("path")
        if "/" not in argv[0] and shutil.which(argv[0], path=path) is None:
            return Availability(
                missing=f"{argv[0]} is not a program on PATH", hint="Check its name"
            )
        return Availability(version=None)

    def start(self, turn: Turn) -> CommandRun:
        argv = [str(word) for word in turn.settings["command"]]
        env = {**turn.env, "PHC_PROMPT_FILE": str(turn.prompt_file)}
        if len(turn.prompt.encode()) <= VARIABLE and "\0" not in turn.prompt:
            env["PHC_PROMPT"] = turn.prompt
        try:
            with turn.prompt_file.open("rb") as prompt:
                process = spawn_group(argv, cwd=turn.cwd, env=env, stdin=prompt, within=turn.within)
        except (OSError, ValueError) as error:
            raise PhcError(f"{argv[0]} could not be started: {_why(error)}") from error
        return CommandRun(process, turn.env[MARKER])


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


class CommandRun(Run):
    """One run of the command."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        self._process = process
        self._mark = mark
        self._cancelled = threading.Event()
        self._ended = threading.Lock()

    def records(self) -> Iterator[Record]:
        pipes = {"stdout": self._process.stdout, "stderr": self._process.stderr}
        yield from _merged({name: pipe for name, pipe in pipes.items() if pipe}, self._process)
        code = self._process.wait()
        self._end_all()
        yield self._outcome(code)

    def cancel(self) -> None:
        self._cancelled.set()
        self._end_all()

    def _end_all(self) -> None:
        with self._ended:
            end_group(self._process, GRACE if self._process.poll() is None else 0)
            sweep(self._mark)

    def _outcome(self, code: int) -> Record:
        if self._cancelled.is_set():
            return done("cancelled", None, code)
        if code == 0:
            return done("ok", None, 0)
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return done("failed", f"the command {how}", code)


def _merged(pipes: Mapping[str, IO[bytes]], process: subprocess.Popen[bytes]) -> Iterator[Record]:
    """What comes out of the pipes, in whole lines where they come in time.

    Ends when all are closed, or, where a child keeps one open, soon after the process has.
    """
    held = dict.fromkeys(pipes, b"")
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, name)
        gone_at: float | None = None
        while selector.get_map():
            ready = selector.select(PAUSE)
            for key, _ in ready:
                yield from _read(selector, key, held)
            if not ready:
                yield from _all_held(held)
            if gone_at is None and process.poll() is not None:
                gone_at = time.monotonic()
            if gone_at is not None and _is_over(time.monotonic() - gone_at, busy=bool(ready)):
                break
    yield from _all_held(held)
    for pipe in pipes.values():
        with suppress(OSError):
            pipe.close()


def _read(
    selector: selectors.BaseSelector, key: selectors.SelectorKey, held: dict[str, bytes]
) -> Iterator[Record]:
    data = os.read(key.fd, CHUNK)
    if not data:
        selector.unregister(key.fileobj)
    yield from _cut(held, key.data, data, finished=not data)


def _all_held(held: dict[str, bytes]) -> Iterator[Record]:
    """The unfinished lines, such as a question that waits for its answer."""
    for name in held:
        yield from _cut(held, name, b"", finished=True)


def _is_over(since: float, *, busy: bool) -> bool:
    """Whether to stop reading, seconds after the command ended.

    What it wrote itself is at hand at once; what a child that it left behind goes on writing
    is not waited for long.
    """
    return since > (10 * LINGER if busy else LINGER)


def _cut(held: dict[str, bytes], name: str, data: bytes, *, finished: bool) -> Iterator[Record]:
    """A record of the whole lines of a stream; the rest of its last line is held for a while."""
    text = held[name] + data
    if finished:
        end = len(text)
    else:
        end = _whole(text) if len(text) > CHUNK else text.rfind(b"\n") + 1
    held[name] = text[end:]
    if end:
        yield {"kind": "text", "stream": name, "text": text[:end].decode(errors="replace")}


def _whole(text: bytes) -> int:
    """Where to cut so that no character of UTF-8 is cut in two."""
    end = text.rfind(b"\n") + 1 or len(text)
    for back in range(1, min(4, end) + 1):
        byte = text[end - back]
        if byte & 0xC0 == 0xC0:  # the first byte of a character of `size` bytes
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return end - back if size > back else end
        if byte < 0x80:
            break
    return end


@hook
def phc_agents() -> Sequence[Agent]:
    """The agent `command`."""
    return [Command()]
