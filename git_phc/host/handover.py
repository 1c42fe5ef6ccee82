"""Locks that go from one process to another, which waits for them on its standard input.

Not by inheritance: who is started ahead would hold them until it looks, also when nobody wants it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from git_phc.host.lock import FileLock, inherited_lock

TAKEN = b"ready\n"
MOST = 8  # locks
LONGEST = 64 * 1024  # bytes of the word that they go with


def hand_over(line: socket.socket, locks: Sequence[FileLock], patience: float) -> bool:
    """Hands over the locks, and waits until they were taken, for so many seconds at most; whether
    it is said that they were. Then they are to be closed here.
    """
    line.settimeout(patience)
    word = json.dumps([str(lock.path) for lock in locks]).encode() + b"\n"
    try:
        socket.send_fds(line, [word], [lock.fd for lock in locks])
        with line.makefile("rb") as answers:
            return answers.readline() == TAKEN
    except OSError:  # it has ended, or says nothing
        return False


class Line:
    """Where the other process hears that the locks were taken."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def taken(self) -> None:
        with self._line:
            self._line.sendall(TAKEN)


def wait_for_locks() -> tuple[Line, list[FileLock]] | None:
    """Where to say that they were taken, and the locks that come on standard input, which is silent
    from then on. None where they will not come.
    """
    line = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:  # what is started later shall not hear it
        os.dup2(nothing.fileno(), 0)
    word, fds, _, _ = socket.recv_fds(line, LONGEST, MOST)
    while word and not word.endswith(b"\n"):
        more = line.recv(LONGEST)
        word = word + more if more else b""
    if not word:
        return None
    paths = map(Path, json.loads(word))
    return Line(line), [inherited_lock(path, fd) for path, fd in zip(paths, fds, strict=True)]
