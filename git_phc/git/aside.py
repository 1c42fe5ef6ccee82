"""Objects that wait in a room of their own until somebody knows that they are wanted.

A git that is told of the room reads them there, to send them; what is not wanted in the end goes
with the room, and was never synced. The room is named as git names its own of this kind, so that
its housekeeping clears away what a kill has left.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from git_phc.git.names import quoted
from git_phc.git.together import Together


class Aside(Together):
    """Such a room. As a context manager it is cleared away at the end."""

    def __init__(self, objects: Path) -> None:
        super().__init__()
        self._room = Path(tempfile.mkdtemp(prefix="tmp_objdir-phc-", dir=objects))

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        shutil.rmtree(self._room, ignore_errors=True)

    @property
    def env(self) -> Mapping[str, str]:
        """What a git needs in its environment to read what is here, too."""
        return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(os.fspath(self._room)).decode()}

    def _waits_at(self, path: Path) -> Path:
        here = self._room / path.parent.name / path.name
        here.parent.mkdir(exist_ok=True)
        return here
