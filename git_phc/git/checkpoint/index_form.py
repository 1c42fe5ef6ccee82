"""The index beyond its tree: conflicts, announced files, the record of resolved conflicts.

Where there is any of it, the raw index is kept; nearly always the tree says it all.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from git_phc.git.checkpoint.observe import Seen
from git_phc.git.desk import Desk, copy_index
from git_phc.git.names import bytes_from_names

_RECORD = b"REUC"


class Special(Struct, frozen=True):
    """What a tree cannot say of the index, a line each, and the objects that it names."""

    lines: tuple[str, ...]
    oids: frozenset[str]

    def encode(self) -> bytes:
        return bytes_from_names(self.lines)


def special_of(desk: Desk, seen: Seen) -> Special:
    """Everything of the index that its tree leaves out, but for the flags."""
    staged = [f"{head}\t{path}" for head, path in seen.listing.conflicts]
    resolved = _resolved(desk)
    intended = [f"intended\t{c.path}" for c in seen.status.changes if c.intended]
    oids = {line.split(" ", 2)[1] for line in (*staged, *resolved)}
    lines = (*staged, *intended, *(f"resolved {line}" for line in resolved))
    return Special(tuple(lines), frozenset(oids))


def _resolved(desk: Desk) -> list[str]:
    if not desk.index.exists() or _RECORD not in desk.index.read_bytes():
        return []
    return os.fsdecode(desk.git("ls-files", "--resolve-undo", "-z").out).split("\0")[:-1]


def raw_index(desk: Desk) -> Path:
    """The index as one file that stands alone: not split, without caches of this checkout."""
    target = desk.folder / "raw"
    copy_index(desk.index, target)
    desk.git("update-index", "--force-write-index", index=target)
    return target
