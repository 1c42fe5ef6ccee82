"""What the last look at a checkout found, and an index that tells what was touched since.

A look at every file costs more than all the rest of a checkpoint. So the modes that were
found are kept, beside a copy of the index: git compares that one's stat data with the files
very quickly, and only the files that it names are looked at again.

All of it is a cache. It is dropped whenever anything about it is in doubt.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

from msgspec import Struct

from git_phc.git.checkpoint.listing import Listing
from git_phc.git.desk import Desk, copy_index
from git_phc.git.names import all_folders, bytes_from_names, names_from_bytes

VERSION = 1


class Witness(Struct, frozen=True):
    """The last look.

    Attributes:
        index: the copy of the index.
        version: which version of the index that is.
        listing: what `git ls-files` said of it.
        modes: the `st_mode` of each tracked file that was not young.
        young: the tracked files of which `modes` does not tell, or no more.
        folders: the folders of all of them.
        odd: the files that needed their raw bytes kept.
        rules: a digest of all that decides about conversions.
    """

    index: Path
    version: str
    listing: str
    modes: dict[str, int]
    young: frozenset[str]
    folders: frozenset[str]
    odd: frozenset[str]
    rules: str

    def is_of(self, index: Path) -> bool:
        """Whether an index is the one that was looked at, byte for byte."""
        return index.exists() and version_of(index) == self.version

    def touched(self, desk: Desk) -> set[str]:
        """The tracked files whose stat data are not what they were."""
        words = ("diff-files", "--name-only", "-z", "--ignore-submodules=all")
        return set(names_from_bytes(desk.lenient(*words, index=self.index).out))


def load(desk: Desk) -> Witness | None:
    """The witness of this checkout, or None."""
    place = _place(desk)
    try:
        said = json.loads(place.facts.read_bytes())
        versions = [version_of(place.index), version_of(place.body)]
        if said["v"] != VERSION or said["versions"] != versions:
            return None
        data = place.body.read_bytes()
        listing, names = os.fsdecode(data[: said["listing"]]), data[said["listing"] :]
        groups = _groups(os.fsdecode(names).split("\0"), said["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    folders, odd, *named = groups
    modes: dict[str, int] = {}
    for mode, group in zip(said["modes"], named, strict=False):
        modes.update(dict.fromkeys(group, mode))
    sets = frozenset(said["young"]), frozenset(folders), frozenset(odd)
    return Witness(place.index, versions[0], listing, modes, *sets, said["rules"])


def _groups(names: list[str], counts: list[int]) -> list[list[str]]:
    ends = list(itertools.accumulate(counts, initial=0))
    if ends[-1] != len(names) - 1 or len(counts) < 2:
        raise ValueError("cut off")
    return [names[start:end] for start, end in itertools.pairwise(ends)]


def save(
    desk: Desk,
    listing: Listing,
    modes: Mapping[str, int],
    young: Set[str],
    odd: Iterable[str],
    rules: str,
) -> None:
    """Makes what was found the witness of the next look."""
    place, fresh = _place(desk), desk.folder / "body"
    text = os.fsencode(listing.text)
    by_mode: dict[int, list[str]] = {}
    for path in listing.heads:
        if path in modes and path not in young:
            by_mode.setdefault(modes[path], []).append(path)
    groups = [sorted(all_folders(listing.heads)), sorted(odd), *by_mode.values()]
    names = bytes_from_names(name for group in groups for name in group)
    fresh.write_bytes(text + names)
    place.body.parent.mkdir(parents=True, exist_ok=True)
    place.facts.unlink(missing_ok=True)
    fresh.replace(place.body)
    said = {
        "v": VERSION,
        "listing": len(text),
        "counts": [len(group) for group in groups],
        "modes": list(by_mode),
        "young": sorted(path for path in young if path in listing.heads),
        "rules": rules,
    }
    _put_facts(desk, place, said)


def renew(desk: Desk, looked_at: Set[str]) -> None:
    """Goes on with the same facts beside a newer index of the same entries.

    That one no longer tells which files were looked at; they are marked to be, each time.
    """
    place = _place(desk)
    said = json.loads(place.facts.read_bytes())
    said["young"] = sorted({*looked_at, *said["young"]})
    place.facts.unlink()
    _put_facts(desk, place, said)


def _put_facts(desk: Desk, place: _Place, said: dict[str, object]) -> None:
    """Puts the copy of the index in its place, and then what tells that it is there."""
    index, facts = desk.folder / "witness", desk.folder / "facts"
    copy_index(desk.index, index)
    index.replace(place.index)
    said["versions"] = [version_of(place.index), version_of(place.body)]
    facts.write_text(json.dumps(said))
    facts.replace(place.facts)


class _Place(Struct, frozen=True):
    """The three files of a witness; `facts` holds good only for these versions of the others."""

    index: Path
    body: Path
    facts: Path


def _place(desk: Desk) -> _Place:
    name = hashlib.sha256(os.fsencode(desk.repo.git_dir)).hexdigest()[:16]
    room = desk.repo.private / "witness"
    return _Place(*(room / f"{name}.{end}" for end in ("index", "body", "facts")))


def version_of(file: Path) -> str:
    """Names one version of an index or a body: its last bytes, its time of change, its size."""
    with file.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(0, size - 20))
        return f"{opened.read().hex()} {os.fstat(opened.fileno()).st_mtime_ns} {size}"
