"""A home that a sandbox's processes could write, made safe to be read by others.

Whoever copies a file out of it, or puts one in, follows links: one that was laid there for
`~/.ssh` would be opened outside, where it leads to the real one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path


def disarm(home: Path, system: Sequence[Path]) -> list[Path]:
    """Takes out of a home what is neither a folder, a file, a socket, nor a link to what lies in
    it or in a folder of the system. Nothing may run in it meanwhile. Returns what was taken out.
    """
    root, taken = Path(os.path.realpath(home)), []
    roots = [root, *map(Path, map(os.path.realpath, system))]
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in (*folders, *files)):
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode):
                continue
            target = Path(os.path.realpath(path))
            if not stat.S_ISLNK(mode) or not any(map(target.is_relative_to, roots)):
                path.unlink()
                taken.append(path)
    return sorted(taken)
