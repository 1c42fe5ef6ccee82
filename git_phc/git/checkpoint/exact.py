"""The bytes of files that git's own form would not bring back as they are.

What the clean filters lose, what the smudge filters would write otherwise, what stands outside
a sparse checkout, and what is too big to be one blob.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set

from git_phc.git.checkpoint.conversion import Rules, converted
from git_phc.git.checkpoint.folders import SYMLINK, git_mode
from git_phc.git.checkpoint.hashing import raw
from git_phc.git.checkpoint.observe import Seen, sizes_of
from git_phc.git.checkpoint.smudge import not_reproduced
from git_phc.git.desk import Desk
from git_phc.git.encoding import Entry


def odd_files(desk: Desk, seen: Seen, rules: Rules, blobs: Blobs, must: Set[str]) -> set[str]:
    """The files that the trees alone would not bring back byte for byte.

    `must` names files that are wanted whatever they hold.
    """
    sweep = seen.sweep
    suspects = [path for path in converted(desk, rules, sweep.sizes) if path not in must]
    pairs = ((path, oid) for path in suspects if (oid := blobs.oid(path)))
    odd = {path for path in must if path in sweep.modes}.union(not_reproduced(desk, pairs))
    # Without a conversion the blob is the file. But the settings may have been others when
    # git last looked, and it looks no more while the stat data match: the size then tells.
    known = blobs.sizes
    other = {path for path, size in sweep.sizes.items() if known.get(path, size) != size}
    return odd.union(other.difference(suspects), seen.odd_as_before())


def stored(desk: Desk, seen: Seen, paths: Set[str], blobs: Blobs) -> dict[str, Entry]:
    """The raw blobs of `paths`, stored."""
    modes = {path: git_mode(seen.sweep.modes[path]) for path in paths}
    files = [path for path in paths if modes[path] != SYMLINK]
    found = {path: Entry(modes[path], oid) for path, oid in raw(desk, files).items()}
    links = ((path, blobs.oid(path)) for path in paths if modes[path] == SYMLINK)
    return found | {path: Entry(SYMLINK, oid) for path, oid in links if oid}


class Blobs:
    """What the trees of the files hold: for each path the blob, and its size."""

    def __init__(
        self, desk: Desk, seen: Seen, changed: Mapping[str, str], measured: Collection[str]
    ) -> None:
        """`measured`: the changed files that may have another size than their blobs."""
        self._listing = seen.listing
        self._changed = changed
        new = sizes_of(desk, measured, [changed[path] for path in measured])
        self.sizes = {p: n for p, n in seen.blob_sizes.items() if p not in changed} | new

    def oid(self, path: str) -> str | None:
        entry = self._listing.entry(path)
        return self._changed.get(path) or (entry.oid if entry else None)
