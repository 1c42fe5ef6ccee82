"""Modes and empty folders: what git's trees have no room for.

Modes are kept in full (twelve bits), as the usual ones of this checkout and a list of the
files and folders that differ from them.
"""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from git_phc.git.checkpoint.observe import Seen
from git_phc.git.names import bytes_from_names, names_from_bytes

PLAIN, PROGRAM, FOLDER = 0, 1, 2
KINDS = (PLAIN, PROGRAM, FOLDER)
SYMLINK = 0o120000


class Modes(Struct, frozen=True):
    """The usual mode of a plain file, a program and a folder, and those that differ."""

    usual: tuple[int, ...]
    odd: Mapping[str, int]

    def of(self, path: str, kind: int) -> int:
        return self.odd.get(path, self.usual[kind])

    def encode(self) -> bytes:
        first = " ".join(f"{mode:o}" for mode in self.usual)
        return bytes_from_names([first, *(f"{m:o} {p}" for p, m in sorted(self.odd.items()))])


def decode_modes(data: bytes) -> Modes:
    """Reads what `Modes.encode` wrote. Raises ValueError for anything else."""
    first, *rest = names_from_bytes(data)
    pairs = (line.partition(" ") for line in rest)
    usual = tuple(int(word, 8) for word in first.split())
    odd = {path: int(mode, 8) for mode, _, path in pairs}
    if len(usual) != len(KINDS) or not all(0 <= mode <= 0o7777 for mode in (*usual, *odd.values())):
        raise ValueError("these are no modes")
    return Modes(usual, odd)


def modes_seen(seen: Seen) -> Modes:
    """The modes of everything that the checkpoint carries, but of symlinks."""
    files = seen.sweep.modes
    folders = _carried_folders(seen)
    counts: tuple[Counter[int], ...] = (Counter(), Counter(), Counter())
    every = Counter(files.values()) + Counter(folders.values())
    for mode, number in every.items():
        if not stat.S_ISLNK(mode):
            counts[kind_of(mode)][stat.S_IMODE(mode)] += number
    usual = tuple(_most(counts[kind]) for kind in KINDS)
    odd = {mode for mode in every if stat.S_IMODE(mode) != usual[kind_of(mode)]}
    odd = {mode for mode in odd if not stat.S_ISLNK(mode)}
    if not odd:
        return Modes(usual, {})
    both = (*files.items(), *folders.items())
    return Modes(usual, {path: stat.S_IMODE(mode) for path, mode in both if mode in odd})


def _carried_folders(seen: Seen) -> dict[str, int]:
    """The folders that restoring makes: those above each file, and the empty ones."""
    if len(seen.sweep.folders) == len(seen.full) + len(seen.bare):
        return seen.sweep.folders
    wanted = seen.full.union(seen.bare)
    return {name: mode for name, mode in seen.sweep.folders.items() if name in wanted}


def kind_of(mode: int) -> int:
    """PLAIN, PROGRAM or FOLDER."""
    if stat.S_ISDIR(mode):
        return FOLDER
    return PROGRAM if mode & stat.S_IXUSR else PLAIN


def git_mode(mode: int) -> int:
    """The mode that a tree has for a file of this `st_mode`."""
    if stat.S_ISLNK(mode):
        return SYMLINK
    return 0o100755 if mode & stat.S_IXUSR else 0o100644


def _most(counted: Counter[int]) -> int:
    # Ties go to the lower mode, so that the same checkout always gives the same bytes
    return max(counted, key=lambda mode: (counted[mode], -mode), default=0)
