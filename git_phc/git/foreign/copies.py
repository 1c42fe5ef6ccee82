"""Copies files out of a clone: those that git may have written, and not more than was said.

On the disk of whoever works there, a hole costs nothing, nor does a second name for a file; a
copy has both as bytes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from git_phc.errors import Refused
from git_phc.git.foreign.beneath import Beneath, untaken
from git_phc.host.holes import has_hole


class Copies:
    """What is copied in one go, of no more than `most` bytes in all."""

    def __init__(self, clone: Beneath, most: int) -> None:
        self._clone = clone
        self._left = most
        self._met: set[tuple[int, int]] = set()

    def copy(self, name: str, target: Path) -> os.stat_result | None:
        """Copies one file; None where there is none. Its time of change, which tells git what it
        need not look at, is copied, too. Refused as by `opened`.
        """
        found = self.opened(name)
        if found is None:
            return None
        with found as source, target.open("wb") as copy:
            stat = os.fstat(source.fileno())
            shutil.copyfileobj(source, copy, 1 << 20)
        os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return stat

    def opened(self, name: str) -> BinaryIO | None:
        """One file, to be read; None where there is none. Refused where it would be too much, or
        git cannot have written it.
        """
        fd = self._clone.opened(name)
        if fd is None:
            return None
        try:
            self._judge(name, fd)
        except Refused:
            os.close(fd)
            raise
        return os.fdopen(fd, "rb")

    def _judge(self, name: str, fd: int) -> None:
        stat = os.fstat(fd)
        if stat.st_size > self._left:
            raise untaken(f"{name} has more than the {self._left} bytes that may still be copied")
        if has_hole(fd, stat.st_size):
            raise untaken(f"{name} has holes, and git writes none")
        if (stat.st_dev, stat.st_ino) in self._met:
            raise untaken(f"{name} is the file of another name, too")
        self._left -= stat.st_size
        self._met.add((stat.st_dev, stat.st_ino))
