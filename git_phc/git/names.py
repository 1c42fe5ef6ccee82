"""File names on their way between git, Python and our own lists.

A name is a `str` as `os.fsdecode` makes it: bytes that are no UTF-8 come through unharmed.
Lists of names end each one with NUL, the only byte that no name can hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator


def names_from_bytes(data: bytes) -> list[str]:
    """The names of a list in which each ends with NUL."""
    return os.fsdecode(data).split("\0")[:-1]


def bytes_from_names(names: Iterable[str]) -> bytes:
    """A list in which each name ends with NUL."""
    return os.fsencode("".join(f"{name}\0" for name in names))


# HFS+ looks past these in a name, so that `.git` can be spelled with them.
_UNSEEN = dict.fromkeys(
    (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
)


def stays_inside(path: str) -> bool:
    """Whether a path from anywhere stays in the folder that it is put into, and out of `.git`."""
    parts = path.translate(_UNSEEN).lower().split("/")
    return "\0" not in path and not any(part in ("", ".", "..", ".git") for part in parts)


def folders_above(name: str) -> Iterator[str]:
    """Each folder that holds `name`, the nearest first; the root of the checkout is left out."""
    at = name.rfind("/")
    while at > 0:
        yield name[:at]
        at = name.rfind("/", 0, at)


def all_folders(names: Iterable[str]) -> set[str]:
    """Every folder that must exist for `names` to exist, the root left out."""
    nearest = {name.rpartition("/")[0] for name in names}
    nearest.discard("")
    return nearest.union(*(folders_above(folder) for folder in nearest))


def quoted(name: str) -> bytes:
    """A name in git's C style, for input that goes by lines and knows no `-z`."""
    plain = os.fsencode(name)
    return b'"' + b"".join(b"\\%03o" % byte for byte in plain) + b'"'
