"""Loose objects, written by this process as files of their own.

Each reaches the disk (fsync) before its id is given out: only then may a ref name it. Packs, and
when to make them, are git's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.git.together import Together, open_new, unused_name, write_all

if TYPE_CHECKING:
    from git_phc.git.aside import Aside, Room
    from git_phc.git.mover import Mover


class LooseWriter:
    """Writes loose objects, each synced to disk before its id is given out, but for those that
    are put `together`. A `mover` is for those who live long; whoever gives it closes it.
    """

    def __init__(self, repo: Repo, mover: Mover | None = None) -> None:
        from git_phc.git.housekeeping import Fresh

        self._repo, self.mover = repo, mover
        self._fresh = Fresh(repo, self._put)
        self._together: Together | None = None
        self._room: Room | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is put meanwhile can be read, and named by a ref, when this has ended."""
        with Together() as held, self._into(held):
            yield
            self.place(held)

    @contextmanager
    def aside(self) -> Iterator[Aside]:
        """What is put meanwhile can be read by a git with `Aside.env`; and by others, and named by
        a ref, from `place` on. Where that is not called, it is gone at the end.
        """
        from git_phc.git.aside import Aside, Room  # workers alone have a use for it

        with _writing():
            self._room = self._room or Room(objects_folder(self._repo))
            aside = Aside(self._room)
        with aside, self._into(aside):
            yield aside

    def place(self, held: Together) -> None:
        """Puts in place what is held, synced."""
        with _writing():
            taken = held.place()
        for path, data in taken:
            _store(path, data)

    @contextmanager
    def _into(self, held: Together) -> Iterator[None]:
        self._together = held
        try:
            yield
        finally:
            self._together = None

    def put(self, kind: bytes, data: bytes) -> str:
        oid = self._put(kind, data)
        self._fresh.add(oid, kind, data)
        return oid

    def secure(self) -> None:
        self._fresh.secure()

    def forget(self) -> None:
        self._fresh.forget()

    def _put(self, kind: bytes, data: bytes) -> str:
        import hashlib
        import zlib

        whole = b"%s %d\0%s" % (kind, len(data), data)
        oid = hashlib.new(self._repo.object_format, whole, usedforsecurity=False).hexdigest()
        path = objects_folder(self._repo) / oid[:2] / oid[2:]
        if not _freshened(path):
            # Level 1: these objects are small and written while somebody waits; `git gc`
            # packs them better than any level would.
            data = zlib.compress(whole, 1)
            if self._together:
                with _writing():
                    self._together.add(path, data)
            else:
                _store(path, data)
        return oid


TRIES = 20  # prunes in a row, each between the making of a folder and that of a file in it


def _freshened(path: Path) -> bool:
    """Whether the object is there, as if written just now: by its age git judges what to prune."""
    try:
        os.utime(path)
    except OSError:  # it is not there, or not ours to touch: then there will be one that is
        return False
    return True


def _store(path: Path, data: bytes) -> None:
    with _writing():
        for _ in range(TRIES - 1):
            # A prune took the folder away, for it was empty; or just as it was found to be there
            with suppress(FileNotFoundError, FileExistsError):
                return _store_once(path, data)
        return _store_once(path, data)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(error) from error


def _store_once(path: Path, data: bytes) -> None:
    """Writes to another name, then puts it in place."""
    temporary = unused_name(path)
    file = open_new(temporary)
    try:
        try:
            write_all(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def unwritable(error: OSError) -> PhcError:
    """What to say where the system let nothing be written into the repository."""
    return PhcError(
        f"the repository cannot be written to: {(error.strerror or str(error)).lower()}",
        "Nothing was lost. Make room or grant access, then try again",
    )


def objects_folder(repo: Repo) -> Path:
    """Where this repository keeps its objects."""
    return repo.common_dir / "objects"
