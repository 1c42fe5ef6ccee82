"""Files become blobs, as `git add` would make them, without the user's index.

A small index of its own is filled with the paths in question. It starts with what the real
index holds of them, because git's line-ending rules look there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from git_phc.errors import GitFailed, PhcError
from git_phc.git.checkpoint.listing import Staged
from git_phc.git.desk import BATCH, MANY, Desk
from git_phc.git.encoding import Entry
from git_phc.git.names import bytes_from_names, quoted


def cleaned(
    desk: Desk, name: str, paths: Sequence[str], known: Mapping[str, Staged]
) -> dict[str, Entry]:
    """The blobs of `paths` after the clean filters; a file that has gone is left out.

    Raises GitFailed where a required filter fails.
    """
    if not paths:
        return {}
    index = desk.folder / name
    _fill(desk, index, known)
    more = BATCH if len(paths) > MANY else ()
    words = (*more, "update-index", "--add", "--remove", "--replace", "-z", "--stdin")
    desk.git(*words, input=bytes_from_names(paths), index=index)
    found = entries_of(desk, index)
    return {path: found[path] for path in paths if path in found}


def _fill(desk: Desk, index: Path, known: Mapping[str, Staged]) -> None:
    lines = (f"{entry.mode} {entry.oid} 0\t{path}" for path, entry in known.items())
    words = ("update-index", "--replace", "-z", "--index-info")
    desk.git(*words, input=bytes_from_names(lines), index=index)


def entries_of(desk: Desk, index: Path) -> dict[str, Entry]:
    """The entries of a private index."""
    text = os.fsdecode(desk.git("ls-files", "-s", "-z", index=index).out)
    found = {}
    for line in text.split("\0")[:-1]:
        head, _, path = line.partition("\t")
        mode, oid, _ = head.split(" ")
        found[path] = Entry(int(mode, 8), oid)
    return found


def raw(desk: Desk, paths: Iterable[str]) -> dict[str, str]:
    """Stores files byte for byte, no filter, and tells each blob's id."""
    names = list(paths)
    if not names:
        return {}
    lines = b"".join(quoted(name) + b"\n" for name in names)
    try:
        done = desk.git("hash-object", "-w", "--no-filters", "--stdin-paths", input=lines)
    except GitFailed as error:
        raise PhcError(f"a file cannot be read, so it cannot be kept: {error.stderr}") from error
    return dict(zip(names, done.out.decode().split(), strict=True))
