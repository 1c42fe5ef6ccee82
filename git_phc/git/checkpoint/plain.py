"""Files that are their own blobs: no filter and no line ending stands between the two.

They are read here and wait on the shelf with all else that is new. By `git add` each would be
an object of its own on the disk, and that was half of a checkpoint's time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from git_phc.git.checkpoint.conversion import Rules, converted
from git_phc.git.checkpoint.folders import git_mode
from git_phc.git.checkpoint.observe import Seen
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.desk import Desk
from git_phc.git.encoding import Entry

LARGEST = 256 << 10
"""Bytes of one file that is held in memory."""

IN_ALL = 16 << 20
"""Bytes of all of them."""


def shelved(
    desk: Desk, seen: Seen, rules: Rules, shelf: Shelf, paths: Iterable[str]
) -> dict[str, Entry]:
    """Those of `paths` that are plain, as entries whose blobs wait on the shelf."""
    if not rules.keeps_modes:
        return {}
    small = [path for path in paths if seen.sweep.sizes.get(path, LARGEST + 1) <= LARGEST]
    other = set(converted(desk, rules, small))
    found: dict[str, Entry] = {}
    room = IN_ALL
    for path in small:
        read = None if path in other else _read(desk, path)
        # A file with such line endings may have others in its blob
        if read is None or (b"\r" in read[1] and not rules.is_none()):
            continue
        mode, data = read
        room -= len(data)
        if room < 0:
            break
        found[path] = Entry(mode, shelf.blob(data))
    return found


def _read(desk: Desk, path: str) -> tuple[int, bytes] | None:
    """A regular file's mode, as git has it, and its bytes; None for what is none."""
    try:
        opened = os.open(desk.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(opened, "rb") as file:
            mode, data = os.fstat(opened).st_mode, file.read(LARGEST + 1)
    except OSError:
        return None  # git will say why
    if not stat.S_ISREG(mode) or len(data) > LARGEST:
        return None
    return git_mode(mode), data
