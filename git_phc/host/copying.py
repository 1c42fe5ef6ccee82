"""Copies files and folders, by sharing their blocks where the file system can."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from pathlib import Path

from msgspec import Struct, field

FICLONE = 0x40049409  # Linux: "have the same blocks as that file, until either is written to"


class Copied(Struct):
    """What was copied, and what was not: pipes, sockets and devices, and whole repositories.

    Attributes:
        files: how many files and links.
        left: the paths that were left out.
    """

    files: int = 0
    left: list[Path] = field(default_factory=list)

    def add(self, source: Path, target: Path) -> None:
        """Copies `source`, a file, a link or a folder with all in it, to where nothing is yet.

        Links are copied as links. Raises OSError.
        """
        mode = source.lstat().st_mode
        if stat.S_ISDIR(mode):
            self._add_folder(source, target)
        elif stat.S_ISLNK(mode):
            target.symlink_to(source.readlink())
            self.files += 1
        elif stat.S_ISREG(mode):
            _copy_file(source, target)
            self.files += 1
        else:
            self.left.append(source)

    def _add_folder(self, source: Path, target: Path) -> None:
        if os.path.lexists(source / ".git"):
            self.left.append(source)
            return
        target.mkdir()
        for inner in source.iterdir():
            self.add(inner, target / inner.name)
        shutil.copystat(source, target)  # last: it may be read-only


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("xb") as new:
        if not _share(old.fileno(), new.fileno()):
            shutil.copyfileobj(old, new, 1 << 20)
    shutil.copystat(source, target)


def _share(old: int, new: int) -> bool:
    try:
        fcntl.ioctl(new, FICLONE, old)
    except OSError:  # another file system, or one that cannot
        return False
    return True
