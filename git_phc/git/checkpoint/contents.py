"""What a link holds, read back and looked at with suspicion: it may come from a remote."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git.checkpoint.flags import Flags, decode_flags
from git_phc.git.checkpoint.folders import Modes, decode_modes
from git_phc.git.checkpoint.link import RAW_INDEX, Link
from git_phc.git.checkpoint.state import State, is_state_file, is_state_ref
from git_phc.git.encoding import Entry
from git_phc.git.names import names_from_bytes, stays_inside
from git_phc.git.objects import Reader


class Contents(Struct, frozen=True):
    """The state that a link describes.

    Attributes:
        exact: a raw blob for each path that has one; big: a tree of chunks, and the mode.
    """

    work: str
    index: str
    untracked: str
    raw_index: str | None
    special: tuple[str, ...]
    exact: dict[str, Entry]
    big: dict[str, Entry]
    modes: Modes
    bare: tuple[str, ...]
    flags: Flags
    state: State


def read_contents(reader: Reader, link: Link) -> Contents:
    """Reads all of a link but the trees of its files, which git reads."""
    try:
        return _contents(reader, link)
    except (KeyError, ValueError, IndexError) as error:
        raise DamagedTask(f"the checkpoint {link.checkpoint.link} is not whole") from error


def _contents(reader: Reader, link: Link) -> Contents:
    tree = link.tree

    def names(entry: bytes) -> list[str]:
        return names_from_bytes(reader.get(tree[entry].oid).data)

    raw = tree.get(RAW_INDEX)
    flags = decode_flags(_files(reader, tree[b"flags"].oid))
    refuse_outside([*flags.assumed, *flags.skipped])
    return Contents(
        tree[b"work"].oid,
        tree[b"index"].oid,
        tree[b"untracked"].oid,
        raw.oid if raw else None,
        tuple(names(b"index.special")),
        dict(_safe_pairs(walk(reader, tree[b"exact"].oid))),
        dict(_safe_pairs(_big(reader, names(b"big"), tree[b"chunks"].oid))),
        decode_modes(reader.get(tree[b"modes"].oid).data),
        tuple(safe(names(b"folders"))),
        flags,
        _state(reader, tree[b"state"].oid),
    )


def walk(reader: Reader, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Every entry below a tree that is no folder, by its path, however deep."""
    left = [(prefix, tree)]
    while left:
        above, folder = left.pop()
        for name, entry in reader.tree(folder).items():
            path = above + os.fsdecode(name)
            if entry.is_folder:
                left.append((f"{path}/", entry.oid))
            else:
                yield path, entry


def safe(paths: Iterable[str]) -> Iterator[str]:
    """Passes `paths` on; raises DamagedTask at one that leads out of the checkout."""
    for path in paths:
        if not stays_inside(path):
            raise DamagedTask(f"the checkpoint names a path that no checkout can have: {path!r}")
        yield path


def refuse_outside(paths: Iterable[str]) -> None:
    """Raises DamagedTask where one of `paths` leads out of the checkout."""
    for _ in safe(paths):
        pass


def _safe_pairs(pairs: Iterable[tuple[str, Entry]]) -> Iterator[tuple[str, Entry]]:
    for path, entry in pairs:
        yield from ((name, entry) for name in safe([path]))


def _big(reader: Reader, lines: list[str], chunks: str) -> Iterator[tuple[str, Entry]]:
    for line in lines:
        mode, _, path = line.partition(" ")
        found = chunks
        for part in os.fsencode(path).split(b"/"):  # a name may hold a newline, a question not
            found = reader.tree(found)[part].oid
        yield path, Entry(int(mode, 8), found)


def _files(reader: Reader, tree: str) -> dict[bytes, bytes]:
    return {name: reader.get(entry.oid).data for name, entry in reader.tree(tree).items()}


def _state(reader: Reader, tree: str) -> State:
    files, refs = {}, {}
    for path, entry in walk(reader, tree):
        data = reader.get(entry.oid).data
        if path == "refs":
            refs = {ref: oid for oid, _, ref in (n.partition(" ") for n in names_from_bytes(data))}
        else:
            files[path.removeprefix("files/")] = data
    strange = [name for name in safe(files) if not is_state_file(name)]
    strange += [ref for ref in refs if not is_state_ref(ref)]
    if strange:
        raise DamagedTask(f"the checkpoint has a strange part of a state: {strange[0]!r}")
    return State(files, refs)
