"""Tells whether git has pruned objects since a moment ago."""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path

from git_phc.git.housekeeping import gc_runs
from git_phc.git.repo import Repo


class Canary:
    """An object that nothing names, and that a prune of young objects takes before any other.

    A prune goes through the folders of objects in the order of their names, so the canary is
    made to lie in the first. As a context manager it is taken away at the end.
    """

    def __init__(self, repo: Repo) -> None:
        name, self._data = _first(repo.object_format)
        self._repo = repo
        self._path: Path = repo.common_dir / "objects" / name[:2] / name[2:]

    def __enter__(self) -> Canary:
        with suppress(OSError):  # where nothing can be written, those who must will tell
            self._path.parent.mkdir(exist_ok=True)
            self._path.write_bytes(zlib.compress(self._data))
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._path.unlink()

    @property
    def is_gone(self) -> bool:
        """Whether something was pruned since the beginning, or may be just now."""
        return gc_runs(self._repo) or not self._path.exists()


def _first(object_format: str) -> tuple[str, bytes]:
    while True:
        text = os.urandom(8).hex().encode()
        data = b"blob %d\0%s" % (len(text), text)
        name = hashlib.new(object_format, data, usedforsecurity=False).hexdigest()
        if name.startswith("00"):
            return name, data
