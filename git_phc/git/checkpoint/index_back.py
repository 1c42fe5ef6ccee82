"""The index of a checkpoint, with stat data that are true for the files as they are now."""

from __future__ import annotations

import os
from pathlib import Path

from git_phc.git.checkpoint.chunks import pasted, write_file
from git_phc.git.checkpoint.contents import Contents, refuse_outside
from git_phc.git.desk import Desk
from git_phc.git.names import bytes_from_names, names_from_bytes
from git_phc.git.objects import Reader

LONG_AGO = 1_000_000_000
"""In nanoseconds since 1970. Against an index that old, git believes no stat data at all."""


def check_index(desk: Desk, reader: Reader, contents: Contents) -> None:
    """Raises DamagedTask where the raw index, which git takes as it is, names a path that no
    checkout can have: git would write there.
    """
    if contents.raw_index:
        place = desk.folder / "raw"
        write_file(place, pasted(reader, contents.raw_index))
        refuse_outside(names_from_bytes(desk.git("ls-files", "-z", index=place).out))


def make_index(desk: Desk, reader: Reader, contents: Contents) -> Path:
    """Makes the index in the desk's folder, from one that holds the tracked files."""
    if contents.raw_index:
        desk.index.unlink(missing_ok=True)
        write_file(desk.index, pasted(reader, contents.raw_index))
        os.utime(desk.index, ns=(LONG_AGO, LONG_AGO))
    else:
        # Keeps the stat data of entries that are the same in both
        desk.lenient("read-tree", "--reset", contents.index)
    desk.lenient("update-index", "-q", "--refresh", ok=(0, 1))
    flags = contents.flags
    for option, paths in ("assume-unchanged", flags.assumed), ("skip-worktree", flags.skipped):
        if paths:
            words = ("update-index", f"--{option}", "-z", "--stdin")
            desk.git(*words, input=bytes_from_names(paths))
    return desk.index
