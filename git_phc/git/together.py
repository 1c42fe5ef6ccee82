"""Objects that are written at once: synced to disk together, and only then given their names.

Each sync waits for the disk. Where all are on their way there before the first is waited for, a
file system that keeps a journal writes it once: so nine objects take a third of the time. Until
`place` nothing of them can be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")


class Together:
    """Files on their way to their names. As a context manager it takes away, at the end, what
    was not placed.
    """

    def __init__(self) -> None:
        self._data: dict[Path, bytes] = {}
        self._files: dict[Path, tuple[Path, int]] = {}  # written beside the name, and not synced

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary, file in self._files.values():
            os.close(file)
            temporary.unlink(missing_ok=True)
        self._files.clear()

    def add(self, path: Path, data: bytes) -> None:
        """Writes a file that shall be at `path`. Raises OSError."""
        if path in self._data:
            return
        self._data[path] = data
        temporary = self._waits_at(path)
        with suppress(FileNotFoundError):  # a prune took the folder away again: it is written later
            self._files[path] = temporary, open_new(temporary)
            write_all(self._files[path][1], data)

    def place(self) -> list[tuple[Path, bytes]]:
        """Syncs them, and puts them in place; what a prune has taken meanwhile, to be written
        again. Raises OSError.
        """
        self._sync()
        taken = []
        for path, data in self._data.items():
            try:
                temporary, _ = self._files[path]
                in_folder(path, partial(temporary.replace, path))
            except (KeyError, FileNotFoundError):
                taken.append((path, data))
        return taken

    def _waits_at(self, path: Path) -> Path:
        """Where a file is until it is placed."""
        return unused_name(path)

    def _sync(self) -> None:
        """Syncs all of them. Raises OSError."""
        _sync_all([file for _, file in self._files.values()])


def _sync_all(files: Sequence[int]) -> None:
    if hasattr(os, "posix_fadvise"):  # on Linux, which then begins to write
        for file in files:
            with suppress(OSError):  # no more than advice
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    for file in files:
        os.fsync(file)


def unused_name(path: Path) -> Path:
    """A name of the kind that git clears away when it is left."""
    return path.with_name(f"tmp_obj_{os.urandom(6).hex()}")


def open_new(path: Path) -> int:
    """Opens a file that is not there yet, and that nobody shall change later."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return in_folder(path, partial(os.open, path, flags, 0o444))


def in_folder(path: Path, act: Callable[[], T]) -> T:
    """What `act` answers, which makes a file at `path`. Its folder is there, as a rule, and is made
    where it is not.
    """
    try:
        return act()
    except FileNotFoundError:
        path.parent.mkdir(exist_ok=True)
        return act()


def write_all(file: int, data: bytes) -> None:
    """Writes all of it."""
    while data:
        data = data[os.write(file, data) :]
