"""Looks at a restored checkout anew, and names what differs from the link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence

from git_phc.errors import PhcError
from git_phc.git.checkpoint.contents import walk
from git_phc.git.checkpoint.folders import FOLDER, PLAIN, PROGRAM, decode_modes
from git_phc.git.checkpoint.hashing import raw
from git_phc.git.checkpoint.link import Link, read_link
from git_phc.git.checkpoint.observe import Bystanders
from git_phc.git.checkpoint.scan import Scanner
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.desk import Desk, desk_for
from git_phc.git.encoding import Entry
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import Reader
from git_phc.git.repo import Repo

MODULE = 0o160000


class NotRestored(PhcError):
    """A restored checkout is not what the checkpoint says; `paths` names where."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        some = ", ".join(self.paths[:10]) + (", …" if len(self.paths) > 10 else "")
        super().__init__(
            f"the checkpoint was not restored exactly: {some}",
            "Nothing was lost: the checkpoint is kept. Look at these files before you go on",
        )


def compare(repo: Repo, link: Link, *, with_head: bool, company: Bystanders | None = None) -> None:
    """Raises NotRestored where the checkout of `repo` is not as `link` says, but for `company`."""
    with desk_for(repo, link.terms.conversion) as desk, Reader(repo) as reader:
        writer, shelf = LooseWriter(repo), Shelf(repo, reader)
        limit = link.terms.max_blob
        scanner = Scanner(desk, reader, writer, shelf, limit, trusting=False, company=company)
        found = scanner.scan().entries
        ignored = {b"kept"} if with_head else {b"kept", b"head"}
        other = [n for n in link.state if n not in ignored and link.state[n] != found.get(n)]
        if other:
            shelf.write(writer)
        paths = [path for name in other for path in _differ(desk, reader, name, link.state, found)]
    if paths:
        raise NotRestored(sorted(set(paths)))


def is_still(repo: Repo, link: str) -> bool:
    """Whether a checkout is as the checkpoint `link` has it, wherever its HEAD is now."""
    with Reader(repo) as reader:
        found = read_link(reader, link)
    try:
        compare(repo, found, with_head=False)
    except NotRestored:
        return False
    return True


def _differ(
    desk: Desk,
    reader: Reader,
    name: bytes,
    wanted: Mapping[bytes, Entry],
    found: Mapping[bytes, Entry],
) -> Iterator[str]:
    a, b = wanted[name].oid, found[name].oid
    if name == b"exact":
        return _exact(desk, reader, a, b)
    if name == b"modes":
        return _modes(reader, wanted, a, b)
    if name == b"index":
        return _trees(reader, a, b)
    if name in (b"work", b"untracked"):
        # A filter may have come, gone or been mended since: then the bytes themselves count
        own = dict(walk(reader, wanted[b"exact"].oid))
        return (path for path in _trees(reader, a, b) if path not in own)
    if wanted[name].is_folder:
        return (f"({name.decode()}: {path})" for path in _trees(reader, a, b))
    return _lines(name, reader.get(a).data, reader.get(b).data)


def _modes(reader: Reader, wanted: Mapping[bytes, Entry], a: str, b: str) -> Iterator[str]:
    old, new = decode_modes(reader.get(a).data), decode_modes(reader.get(b).data)
    yield from (
        path for path in old.odd.keys() | new.odd.keys() if old.odd.get(path) != new.odd.get(path)
    )
    if old.usual[FOLDER] != new.usual[FOLDER]:
        yield "(the modes of folders)"
    if old.usual[:FOLDER] == new.usual[:FOLDER]:
        return
    for tree in (wanted[b"work"].oid, wanted[b"untracked"].oid):
        for path, entry in walk(reader, tree):
            kind = PROGRAM if entry.mode & stat.S_IXUSR else PLAIN
            if stat.S_ISREG(entry.mode) and old.of(path, kind) != new.of(path, kind):
                yield path


def _trees(reader: Reader, a: str, b: str) -> Iterator[str]:
    old, new = dict(walk(reader, a)), dict(walk(reader, b))
    for path in old.keys() | new.keys():
        x, y = old.get(path), new.get(path)
        # A submodule's commit is not carried, only named
        if x != y and not (x and y and x.mode == y.mode == MODULE):
            yield path


def _lines(name: bytes, a: bytes, b: bytes) -> Iterator[str]:
    end = b"\n" if name == b"head" else b"\0"
    for line in set(a.split(end)) ^ set(b.split(end)):
        yield f"({name.decode()}: {os.fsdecode(line)})"


def _exact(desk: Desk, reader: Reader, a: str, b: str) -> Iterator[str]:
    """A file that needs its raw bytes in one place may do without in another."""
    old, new = dict(walk(reader, a)), dict(walk(reader, b))
    yield from (path for path in new if path not in old)
    yield from (path for path in old if path in new and old[path] != new[path])
    rest = [path for path in old if path not in new and old[path].mode != 0o120000]
    there = [path for path in rest if os.path.isfile(desk.root / path)]
    hashed = raw(desk, there)
    yield from (path for path in rest if hashed.get(path) != old[path].oid)
