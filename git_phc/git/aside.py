"""Objects that wait in a room of their own until somebody knows that they are wanted.

A git that is told of the room reads them there, to send them; what is not wanted in the end is
taken away, and was never synced.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from git_phc.git.names import quoted
from git_phc.git.together import Together


class Room:
    """Such a room, for one set of objects after the other; it goes when nobody has it any more.

    It is named as git names its own of this kind, so that its housekeeping clears away what a kill
    has left. Its folders stay from set to set: where many were deleted, a file system is slow to
    make new ones.
    """

    def __init__(self, objects: Path) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="tmp_objdir-phc-", dir=objects))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class Aside(Together):
    """A set of objects in a room. As a context manager it takes away, at the end, what was not
    placed.
    """

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        room.path.mkdir(exist_ok=True)  # a prune may have been here since
        self._is_synced = False
        self._trouble: OSError | None = None

    @property
    def env(self) -> Mapping[str, str]:
        """What a git needs in its environment to read what is here, too."""
        return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(os.fspath(self._room.path)).decode()}

    def sync(self) -> None:
        """Syncs them now, for who has to wait anyway. Of a disk that fails `place` tells."""
        with suppress(OSError):
            self._sync()

    def _sync(self) -> None:
        if not self._is_synced:
            try:
                super()._sync()
            except OSError as error:
                self._trouble = error  # a second try would find nothing wrong
            self._is_synced = True
        if self._trouble:
            raise self._trouble

    def _waits_at(self, path: Path) -> Path:
        return self._room.path / path.parent.name / path.name
