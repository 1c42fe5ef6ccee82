"""Reads files in a folder that somebody else writes.

Each step of a path is opened by itself, and never through a link, so that nothing outside is
read. Only plain files count: a pipe would keep us waiting for ever. No file is read past a limit.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import Refused

DEEP = 32  # folders within folders; git's own have five, and a branch's name a few more
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def untaken(why: str) -> Refused:
    """What to say of a clone that cannot be taken for what it says."""
    return Refused(
        f"the clone's git folder cannot be read: {why}",
        "Nothing of it was taken over; look at it with care, for its settings may run programs",
    )


class Beneath:
    """One folder, held open; what it is asked for is found beneath it, or not at all."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of a plain file, None where there is none. Refused where it is too long."""
        found = self.opened(name)
        if found is None:
            return None
        with os.fdopen(found, "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise untaken(f"{name} is longer than {limit} bytes")
        return data

    def opened(self, name: str) -> int | None:
        """A descriptor of a plain file, None where there is none."""
        folder, _, last = name.rpartition("/")
        at = self._step(folder)
        if at is None:
            return None
        try:
            fd = os.open(last, _FILE, dir_fd=at)
        except OSError:
            return None
        finally:
            os.close(at)
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
        return None

    def names(self, folder: str) -> list[str]:
        """What is in a folder, sorted; nothing where there is none."""
        at = self._step(folder)
        if at is None:
            return []
        try:
            return sorted(os.listdir(at))  # noqa: PTH208  (a descriptor)
        finally:
            os.close(at)

    def files(self, folder: str, most: int) -> Iterator[str]:
        """Every name in a folder, and in those within, that is no folder. Refused where there are
        more than `most`, or they lie too deep.
        """
        waiting, found = [folder], 0
        while waiting:
            here = waiting.pop()
            if here.count("/") > DEEP:
                raise untaken(f"{folder} is too deep")
            for name in self.names(here):
                found += 1
                if found > most:
                    raise untaken(f"{folder} holds more than {most} names")
                path = f"{here}/{name}"
                if self._is_folder(path):
                    waiting.append(path)
                else:
                    yield path

    def _is_folder(self, name: str) -> bool:
        at = self._step(name)
        if at is not None:
            os.close(at)
        return at is not None

    def _step(self, folder: str) -> int | None:
        """A descriptor of a folder beneath, None where there is none, or a link on the way."""
        at = os.dup(self._fd)
        for part in filter(None, folder.split("/")):
            try:
                inner = os.open(part, _FOLDER, dir_fd=at)
            except OSError:
                return None
            finally:
                os.close(at)
            at = inner
        return at


@contextmanager
def beneath(root: Path, name: str) -> Iterator[Beneath]:
    """The folder `name` in `root`, which is ours. Refused where that is none, or a link."""
    fd = os.open(root, _FOLDER)
    try:
        inner = os.open(name, _FOLDER, dir_fd=fd)
    except OSError as error:
        raise untaken(f"{root / name} is no folder of its own") from error
    finally:
        os.close(fd)
    try:
        yield Beneath(inner)
    finally:
        os.close(inner)
