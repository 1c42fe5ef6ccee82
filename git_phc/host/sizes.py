"""How much of a disk a folder takes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def disk_usage(folder: Path) -> int:
    """Bytes on disk of all below a folder; no link is followed, a file of two names counts once.

    What goes away meanwhile, or cannot be read, is not counted.
    """
    total, seen, waiting = 0, set(), [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                if found.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                    if found.st_ino in seen:
                        continue
                    seen.add(found.st_ino)
                total += found.st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return total
