"""A program at a terminal of its own (a pseudo-terminal): typed to, and read."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from pathlib import Path

from tests.kit import overlaid

PROGRAM = (sys.executable, "-m", "git_phc")
CTRL_C = "\x03"
# The terminal that the leader of a session opens first is its own: Ctrl-C there reaches it.
OPEN = 'exec "$@" <"$0" >"$0" 2>&1'
AGAIN = 5.0  # seconds
PATIENCE = 30.0  # seconds in which a text must have come


class Screen:
    """Starts the program; as a context manager it ends it, too."""

    def __init__(
        self, words: Sequence[str], cwd: Path, env: Mapping[str, str | None] | None = None
    ) -> None:
        self._end, other = pty.openpty()
        ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        given = {"TERM": "xterm", "NO_COLOR": "1", "GIT_PAGER": "cat", **(env or {})}
        argv = words if words[0] == "sh" else [*PROGRAM, *words]
        self._process = subprocess.Popen(
            ["sh", "-c", OPEN, os.ttyname(other), *argv],
            cwd=cwd,
            env=overlaid(given),
            start_new_session=True,
            pass_fds=[other],  # so that somebody has it open from the beginning to the end
        )
        os.close(other)
        self.text = ""

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def wait_for(self, pattern: str) -> str:
        """Reads until the pattern has come; all that has been read."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"{pattern!r} did not come: {self.text!r}"
            assert self._read(), f"it ended without {pattern!r}: {self.text!r}"
        return self.text

    def end(self) -> int:
        """Reads to the end; the exit code, as a shell would have it."""
        while self._read():
            pass
        code = self._process.wait(PATIENCE)
        return 128 - code if code < 0 else code

    def end_by(self, keys: str) -> int:
        """Types the keys; again, as people do, when nothing has come of it for a while."""
        self.type(keys)
        while select.select([self._end], [], [], AGAIN)[0]:
            if not self._read():
                return self.end()
        self.type(keys)
        return self.end()

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], PATIENCE)
        assert ready, f"nothing comes: {self.text!r}"
        try:
            data = os.read(self._end, 65536)
        except OSError:  # the last program that had the terminal open has ended
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
