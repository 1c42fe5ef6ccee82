"""A program at a terminal of its own, which takes note of what comes and when."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from pathlib import Path

import psutil

ASKS_FRAMES, HAS_FRAMES = b"\x1b[?2026$p", b"\x1b[?2026;2$y"  # whether it knows them; it does
FRAME = b"\x1b[?2026h"


class Terminal:
    """Starts the program; as a context manager it ends it, too."""

    def __init__(
        self, argv: Sequence[str], cwd: Path, size: tuple[int, int], env: Mapping[str, str]
    ) -> None:
        self._end, other = pty.openpty()
        ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._process = subprocess.Popen(
            argv, cwd=cwd, env={**os.environ, **env}, stdin=other, stdout=other, stderr=other,
            start_new_session=True,
        )  # fmt: skip
        os.close(other)
        self._came = threading.Condition()
        self._seen = b""
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._end, 1 << 16)
            except OSError:
                return
            if not data:
                return
            if ASKS_FRAMES in data:
                os.write(self._end, HAS_FRAMES)
            with self._came:
                self._seen += data
                self._came.notify_all()

    def answer(self, keys: str, sign: bytes, patience: float = 30) -> float:
        """Types keys; how many milliseconds go by until the sign is on the screen."""
        with self._came:
            begin, known = time.perf_counter(), len(self._seen)
            os.write(self._end, keys.encode())
            if not self._came.wait_for(lambda: self._seen.find(sign, known) >= 0, patience):
                raise RuntimeError(f"{sign!r} did not come: {self._seen[-300:]!r}")
            return (time.perf_counter() - begin) * 1000

    def frames(self) -> int:
        """How many frames have been drawn by now."""
        with self._came:
            return self._seen.count(FRAME)

    def seconds(self) -> float:
        """The processor time of the program and of what it has started, by now."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
