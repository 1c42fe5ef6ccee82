"""Runs a shell script to its end: without a terminal, within a time, its output in bounds.

What it leaves running goes on: only a script that failed, or was ended, is ended with all that
it has started, by whoever knows its mark.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.host.process import Within, drain, end_group, spawn_group
from git_phc.host.programs import found

LOOK = 0.2  # seconds between two looks at whether it shall end
LINGER = 0.3  # seconds that output is waited for after its end, while others hold its pipe
CHUNK = 64 * 1024


class Ended(Struct, frozen=True):
    """How a script ended.

    Attributes:
        code: its exit code, below 0 the signal that has ended it; None where we have.
        seconds: how long it took.
        limit: the seconds that it may take, where it has taken more.
    """

    code: int | None
    seconds: float
    limit: float | None = None

    @property
    def how(self) -> str:
        """In words, to go on with after its name."""
        if self.limit is not None:
            return f"was ended, since it took longer than {self.limit:.0f} seconds"
        if self.code is None:
            return "was stopped"
        if self.code < 0:
            return f"was ended by signal {-self.code}"
        return f"failed with exit code {self.code}"


def script_argv(text: str, file: Path, path: str | None) -> Sequence[str]:
    """The command that runs the script: bash (sh where there is none), which ends with the first
    command that fails; what its `#!` line names, where it has one, and then it is put in `file`.
    """
    if not text.startswith("#!"):
        return [*shell(path), "-e", "-c", text, file.name]  # by which it calls itself in errors
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o700)
    return [str(file)]


def shell(path: str | None) -> Sequence[str]:
    """The shell for a repository's scripts."""
    return [str(found("bash", path) or "/bin/sh")]


def run_script(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    hear: Callable[[bytes], None],
    is_over: Callable[[], bool] = lambda: False,
    within: Within | None = None,
) -> Ended:
    """Runs the script; `hear` is given what it says, on both streams, as it says it.

    Raises OSError when it cannot be started.
    """
    begun = time.monotonic()
    process = spawn_group(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, within=within
    )
    assert process.stdout is not None  # noqa: S101  (it was asked for)
    pipe = process.stdout.fileno()
    try:
        while process.poll() is None:
            late = time.monotonic() - begun > timeout
            if late or is_over():
                end_group(process)
                _rest(pipe, hear)
                return Ended(None, time.monotonic() - begun, timeout if late else None)
            _read(pipe, LOOK, hear)
        if not _rest(pipe, hear):
            drain(pipe, env)
        return Ended(process.returncode, time.monotonic() - begun)
    finally:
        if process.poll() is None:
            end_group(process, 0)
        process.stdout.close()


def _read(pipe: int, seconds: float, hear: Callable[[bytes], None]) -> bool | None:
    """Reads once: whether the pipe is still open; None when nothing came in that time."""
    if not select.select([pipe], [], [], seconds)[0]:
        return None
    data = os.read(pipe, CHUNK)
    if not data:
        time.sleep(0.01)  # it has closed its output, and goes on
        return False
    hear(data)
    return True


def _rest(pipe: int, hear: Callable[[bytes], None]) -> bool:
    """What it has said until its end; whether nobody else holds its pipe."""
    deadline = time.monotonic() + LINGER
    while time.monotonic() < deadline:
        is_open = _read(pipe, LINGER, hear)
        if not is_open:
            return is_open is False
    return False


class Bounded:
    """Passes on the beginning of a text at once, and of the rest, at the end, only the end.

    It is cut between lines, where they are not very long.
    """

    def __init__(self, pass_on: Callable[[str], None], most: int) -> None:
        self._pass_on, self._most = pass_on, most
        self._head = self._held = self._dropped = 0  # characters
        self._tail: deque[str] = deque()

    def feed(self, text: str) -> None:
        if not self._tail:
            room = self._most - self._head
            cut = len(text) if len(text) <= room else text.rfind("\n", 0, room) + 1
            if cut:
                self._pass_on(text[:cut])
            self._head, text = self._head + cut, text[cut:]
        if text:
            self._hold(text)

    def _hold(self, text: str) -> None:
        self._tail.append(text)
        self._held += len(text)
        while self._held - len(self._tail[0]) >= self._most:
            gone = len(self._tail.popleft())
            self._held -= gone
            self._dropped += gone

    def close(self) -> None:
        """Passes on what is held, and says what is not."""
        text = "".join(self._tail)
        if len(text) > self._most:
            text = text[-self._most :]
            text = text[text.find("\n", 0, self._most // 2) + 1 :]
        self._dropped += self._held - len(text)
        if self._dropped:
            self._pass_on(f"\n… {self._dropped} characters are left out …\n")
        if text:
            self._pass_on(text)
        self._tail.clear()
        self._held = 0


class LastLine:
    """The last line with words in it of a text that comes in pieces, which end anywhere."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._whole = self._open = ""

    def feed(self, text: str) -> None:
        lines, _, self._open = (self._open + text).rpartition("\n")
        if line := lines.strip().rpartition("\n")[2].strip():
            self._whole = line[-self._most :]
        self._open = self._open[-self._most :]

    def __str__(self) -> str:
        """It, or the end of one that is very long."""
        return self._open.strip() or self._whole
