"""New objects that wait: hashed at once, written only when a link needs them.

When nothing has changed, all that is worked out is thrown away again, and the disk is
not touched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

from git_phc.git.checkpoint.bulk import store
from git_phc.git.encoding import BLOB, FOLDER, TREE, Entry, encode_tree
from git_phc.git.housekeeping import missing
from git_phc.git.objects import Reader, Writer
from git_phc.git.repo import Repo

FEW = 32
"""Up to here objects are stored loose, each flushed to disk: some half a millisecond each."""

Edits = Mapping[str, Entry | None]
"""For each path what shall stand there, or None for nothing."""


class Shelf:
    """Objects that are not written yet, by id."""

    def __init__(self, repo: Repo, reader: Reader) -> None:
        self._repo = repo
        self._reader = reader
        self._waiting: dict[str, tuple[bytes, bytes]] = {}

    def put(self, kind: bytes, data: bytes) -> str:
        """The id of an object that may have to be written."""
        oid = self.oid(kind, data)
        self._waiting[oid] = (kind, data)
        return oid

    def oid(self, kind: bytes, data: bytes) -> str:
        head = b"%s %d\0" % (kind, len(data))
        return hashlib.new(self._repo.object_format, head + data, usedforsecurity=False).hexdigest()

    def blob(self, data: bytes) -> str:
        return self.put(BLOB, data)

    def tree(self, entries: Mapping[bytes, Entry]) -> str:
        return self.put(TREE, encode_tree(entries))

    def write(self, writer: Writer) -> None:
        """Writes what waits, the named before what names them; many of them all at once, but
        for those that are there already: what stays edited is stored by one checkpoint only.
        """
        waiting = list(self._waiting.values())
        if len(waiting) > FEW:
            store(self._repo, [self._waiting[oid] for oid in missing(self._repo, self._waiting)])
        else:
            for kind, data in waiting:
                writer.put(kind, data)
        self._waiting.clear()

    def clear(self) -> None:
        """Forgets what waits: all of it is stored already."""
        self._waiting.clear()

    def overlay(self, base: str | None, edits: Edits) -> str:
        """The tree `base` with `edits` made; only folders on their way are read and written."""
        if not edits and base:
            return base
        return self._edited(base, edits) or self.tree({})

    def _edited(self, base: str | None, edits: Edits) -> str | None:
        entries = self._reader.tree(base) if base else {}
        here, below = _split(edits)
        # First what goes, then folders, then files: a file may take the place of a folder,
        # and a folder that of a file.
        for name, edit in here.items():
            if edit is None and name in entries and not entries[name].is_folder:
                del entries[name]
        for name, inner in below.items():
            self._edit_folder(entries, name, inner)
        entries.update({name: edit for name, edit in here.items() if edit})
        return self.tree(entries) if entries else None

    def _edit_folder(self, entries: dict[bytes, Entry], name: bytes, inner: Edits) -> None:
        old = entries.get(name)
        is_folder = old is not None and old.is_folder
        new = self._edited(old.oid if old and is_folder else None, inner)
        if new:
            entries[name] = Entry(FOLDER, new)
        elif is_folder:
            del entries[name]


def _split(edits: Edits) -> tuple[dict[bytes, Entry | None], dict[bytes, dict[str, Entry | None]]]:
    here: dict[bytes, Entry | None] = {}
    below: dict[bytes, dict[str, Entry | None]] = {}
    for path, edit in edits.items():
        name, slash, rest = path.partition("/")
        if slash:
            below.setdefault(os.fsencode(name), {})[rest] = edit
        else:
            here[os.fsencode(name)] = edit
    return here, below
