"""Files that are too big for one blob, cut into many; forges refuse big blobs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from git_phc.git.encoding import BLOB, FILE, Entry
from git_phc.git.objects import Reader, Writer, put_tree
from git_phc.host.holes import next_data

PIECE = 8 << 20
"""Bytes of one chunk: what one file costs in memory at most."""


def cut(writer: Writer, file: Path, piece: int = PIECE) -> str:
    """Stores a file as a tree of numbered chunks."""
    with file.open("rb") as opened:
        oids = enumerate(_stored(writer, opened.fileno(), piece))
        entries = {b"%08d" % number: Entry(FILE, oid) for number, oid in oids}
    return put_tree(writer, entries)


def _stored(writer: Writer, fd: int, piece: int) -> Iterator[str]:
    """The blob of each chunk. Holes are not read: one blob does for all that lie in them."""
    size, at, data, hole = os.fstat(fd).st_size, 0, 0, ""
    while True:
        if data <= at:
            data = next_data(fd, at, size)
        if at + piece <= data:
            hole = hole or writer.put(BLOB, bytes(piece))
            yield hole
            at += piece
        elif part := _read(fd, piece, at):
            yield writer.put(BLOB, part)
            at += len(part)
        else:
            return


def _read(fd: int, size: int, at: int) -> bytes:
    data = b""
    while len(data) < size and (more := os.pread(fd, size - len(data), at + len(data))):
        data += more
    return data


def pasted(reader: Reader, tree: str) -> Iterator[bytes]:
    """The chunks of such a tree, in their order. Of a row of the same ones, one is read."""
    entries = reader.tree(tree)
    oid, data = "", b""
    for name in sorted(entries):
        if entries[name].oid != oid:
            oid = entries[name].oid
            data = reader.get(oid).data
        yield data


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Puts a new file in the place of whatever stands there; never through a symlink.

    Parts of zeros become holes: a file that was long for nothing does not fill the disk.
    """
    if target.is_symlink() or target.exists():
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        hole = b""
        for part in parts:
            if part is hole or part == bytes(len(part)):
                hole = part
                out.seek(len(part), os.SEEK_CUR)
            else:
                out.write(part)
        out.truncate()  # a hole at the end counts, too
