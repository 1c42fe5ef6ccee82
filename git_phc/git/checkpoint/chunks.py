"""Files that are too big for one blob, cut into many; forges refuse big blobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from git_phc.git.encoding import BLOB, FILE, Entry
from git_phc.git.objects import Reader, Writer, put_tree

PIECE = 8 << 20
"""Bytes of one chunk: what one file costs in memory at most."""


def cut(writer: Writer, file: Path, piece: int = PIECE) -> str:
    """Stores a file as a tree of numbered chunks."""
    with file.open("rb") as opened:
        parts = iter(lambda: opened.read(piece), b"")
        entries = {
            b"%08d" % number: Entry(FILE, writer.put(BLOB, part))
            for number, part in enumerate(parts)
        }
    return put_tree(writer, entries)


def pasted(reader: Reader, tree: str) -> Iterator[bytes]:
    """The chunks of such a tree, in their order."""
    entries = reader.tree(tree)
    for name in sorted(entries):
        yield reader.get(entries[name].oid).data


def write_file(target: Path, parts: Iterable[bytes]) -> None:
    """Puts a new file in the place of whatever stands there; never through a symlink."""
    if target.is_symlink() or target.exists():
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        for part in parts:
            out.write(part)
