"""Advisory locks on files, held by open descriptors.

The kernel drops such a lock when its last holder ends, however it ends: a lock that is held
means that somebody lives. A descriptor can be handed to a child process, and the lock with
it. Locks here save work and tell who lives; what is right is decided by refs.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TRIES, PAUSE = 20, 0.005  # a probe holds a lock for an instant; a taker outwaits it


class FileLock:
    """A lock that this process holds. As a context manager it is let go for good at the end,
    unless it was handed over to another process by then.
    """

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.fd = fd

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def write(self, text: str) -> None:
        """Leaves a word for whoever finds the lock taken."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, os.fsencode(text), 0)

    def close(self) -> None:
        """Drops this process's hold; a child that inherited the descriptor keeps its own."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def remove(self) -> None:
        """Lets go for good, and takes the file away: the last holder's job."""
        if self.fd >= 0:
            with suppress(FileNotFoundError):
                self.path.unlink()
            self.close()


def try_lock(path: Path, tries: int = TRIES) -> FileLock | None:
    """The lock on `path`, or None while somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(tries):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _flock(fd) and _is_same(fd, path):
            return FileLock(path, fd)
        os.close(fd)
        time.sleep(PAUSE)
    return None


@contextmanager
def in_turn(path: Path, seconds: float) -> Iterator[None]:
    """Waits for the lock on `path`, for so long at most, and goes on with it or without.

    For those who would race to no use: what they do is right without it, too.
    """
    lock = None
    with suppress(OSError):  # a folder that cannot be written to: what follows will say so
        lock = try_lock(path, tries=max(1, int(seconds / PAUSE)))
    try:
        yield
    finally:
        if lock:
            lock.close()


def inherited_lock(path: Path, fd: int) -> FileLock:
    """The lock that a parent process took and left open for this one."""
    os.set_inheritable(fd, False)
    return FileLock(path, fd)


def holder(path: Path) -> str | None:
    """What the holder of the lock wrote into it; None when nobody holds it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _flock(fd, shared=True):
            return None
        return os.fsdecode(os.pread(fd, 4096, 0))
    finally:
        os.close(fd)


def _flock(fd: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same(fd: int, path: Path) -> bool:
    """Whether the file that was locked is still the one at `path` (its last holder removes it)."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
