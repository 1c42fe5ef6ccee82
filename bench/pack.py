"""Stores very many objects at once: one pack, written in a stream and indexed by git."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import zlib
from types import TracebackType

from git_phc.git.encoding import BLOB, COMMIT, TREE
from git_phc.git.repo import Repo
from git_phc.git.run import command, environment

KINDS = {COMMIT: 1, TREE: 2, BLOB: 3}


class PackWriter:
    """A `Writer` whose objects are in the repository once it is closed as a context manager."""

    mover = None

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `__exit__`)
        self._seen: set[bytes] = set()
        self._file.write(_head(0))

    def __enter__(self) -> PackWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._file:
            if error is None and self._seen:
                self._finish()

    def put(self, kind: bytes, data: bytes) -> str:
        head = b"%s %d\0" % (kind, len(data))
        oid = hashlib.new(self._repo.object_format, head + data).digest()
        if oid not in self._seen:
            self._seen.add(oid)
            self._file.write(_size(KINDS[kind], len(data)) + zlib.compress(data, 1))
        return oid.hex()

    def secure(self) -> None:
        """Nothing: no `git gc` is at work in a repository that a benchmark has made."""

    def forget(self) -> None:
        """Nothing: nothing is kept for a second writing."""

    def _finish(self) -> None:
        self._file.seek(0)
        self._file.write(_head(len(self._seen)))
        self._file.seek(0)
        total = hashlib.new(self._repo.object_format)
        while piece := self._file.read(1 << 20):
            total.update(piece)
        self._file.write(total.digest())
        self._file.seek(0)
        where = f"--git-dir={self._repo.git_dir}"
        subprocess.run(
            command(["-c", "core.fsync=none", where, "index-pack", "--stdin"]),
            stdin=self._file,
            stdout=subprocess.DEVNULL,
            env=environment(),
            check=True,
        )


def _head(count: int) -> bytes:
    return b"PACK" + (2).to_bytes(4) + count.to_bytes(4)


def _size(kind: int, size: int) -> bytes:
    """An object's kind and size as a pack has them: four bits, then seven a byte."""
    byte, rest = kind << 4 | size & 15, size >> 4
    out = bytearray()
    while rest:
        out.append(byte | 128)
        byte, rest = rest & 127, rest >> 7
    out.append(byte)
    return bytes(out)
