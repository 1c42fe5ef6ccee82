"""Many small objects at once, as one pack: three flushes of the disk, not one for each.

A pack is no more than the objects' bytes in a row. Few objects are better stored loose, since
many packs slow git down; `git gc` makes one of them all.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Collection, Iterator

from git_phc.git.encoding import BLOB, COMMIT, TREE
from git_phc.git.repo import Repo

_NUMBERS = {COMMIT: 1, TREE: 2, BLOB: 3}


def store(repo: Repo, objects: Collection[tuple[bytes, bytes]]) -> None:
    """Stores objects, given as kind and bytes; they are on disk when this returns."""
    body = b"".join(_packed(repo.object_format, objects))
    repo.git("-c", "core.fsync=all", "index-pack", "--stdin", input=body)


def _packed(object_format: str, objects: Collection[tuple[bytes, bytes]]) -> Iterator[bytes]:
    check = hashlib.new(object_format, usedforsecurity=False)
    head = struct.pack(">4sLL", b"PACK", 2, len(objects))
    check.update(head)
    yield head
    for kind, data in objects:
        part = _size(_NUMBERS[kind], len(data)) + zlib.compress(data, 1)
        check.update(part)
        yield part
    yield check.digest()


def _size(number: int, size: int) -> bytes:
    """The kind and the size in the way of packs: four bits first, then seven at a time."""
    byte, size = (number << 4) | (size & 15), size >> 4
    out = bytearray()
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out)
