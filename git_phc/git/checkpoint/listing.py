"""What the index says: its entries, the stages of conflicts, and the flags."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.desk import Desk

GITLINK = "160000"
RULES = ".gitattributes"


class Staged(Struct, frozen=True):
    """An index entry of stage 0: the mode in octal, as git writes it, and the object."""

    mode: str
    oid: str


class Listing(Struct, frozen=True, dict=True):
    """The index, read once.

    Attributes:
        text: all of it, as git said it.
        conflicts: `MODE OID STAGE` and the path, for each entry of a higher stage.
        assumed: paths that are assumed to be unchanged.
        skipped: paths with the skip-worktree bit.
        modules: paths of submodules.
    """

    text: str
    conflicts: tuple[tuple[str, str], ...] = ()
    assumed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    @cached_property
    def heads(self) -> dict[str, str]:
        """For each path of stage 0 `T MODE OID 0`, where T is git's letter for its flags.

        Read from the text only when somebody asks, for that takes a while.
        """
        heads = _heads(self.text)
        for _, path in self.conflicts:
            heads.pop(path, None)
        return heads

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The paths of the files of attributes."""
        return tuple(_ending(self.text, RULES))

    @property
    def is_plain(self) -> bool:
        """Whether no entry has a flag, a conflict, or a repository behind it."""
        return not (self.conflicts or self.assumed or self.skipped or self.modules)

    def others_than(self, text: str) -> set[str]:
        """The paths whose entry is not in `text`, the listing of another time."""
        if self.text == text:
            return set()
        new = set(self.text.split("\0")).difference(text.split("\0"))
        return {line.partition("\t")[2] for line in new}

    def entry(self, path: str) -> Staged | None:
        head = self.heads.get(path)
        return Staged(head[2:8], head[9:-2]) if head else None

    def paths(self) -> Iterator[str]:
        """Every path, those with a conflict too."""
        yield from self.heads
        yield from (path for _, path in self.conflicts)

    def blobs(self) -> tuple[list[str], list[str]]:
        """Paths, and their blobs, that a file may be compared with.

        Skipped files are left out: in a partial clone their blobs may be elsewhere, and asking
        for them would fetch each. So are submodules.
        """
        if not self.skipped and not self.modules:
            return list(self.heads), [head[9:-2] for head in self.heads.values()]
        out = {*self.skipped, *self.modules}
        pairs = [(path, head[9:-2]) for path, head in self.heads.items() if path not in out]
        return [path for path, _ in pairs], [oid for _, oid in pairs]


def read_listing(desk: Desk) -> Listing:
    """The copied index, as `git ls-files` reads it: split, sparse and of any version."""
    text = os.fsdecode(desk.git("ls-files", "-s", "-v", "-z").out)
    listing = Listing(text)
    # Nearly always every entry is plain: no flag, no conflict, no submodule
    if {head[:4] + head[-1] for head in listing.heads.values()} <= {"H 100", "H 120"}:
        return listing
    cut = [line.partition("\t")[::2] for line in text.split("\0")[:-1]]
    conflicts = tuple((head[2:], path) for head, path in cut if head[-1] != "0")
    _refuse_both(cut, {path for _, path in conflicts})
    return Listing(
        text,
        conflicts,
        tuple(path for head, path in cut if head[0].islower()),
        tuple(path for head, path in cut if head[0] in "Ss"),
        tuple(path for head, path in cut if head[2:8] == GITLINK and head[-1] == "0"),
    )


def _refuse_both(entries: Iterable[Sequence[str]], torn: set[str]) -> None:
    """Raises Refused for an index that has a path both whole and in conflict: git makes none,
    and what belongs into the working tree cannot be told from it.
    """
    both = sorted(path for head, path in entries if head[-1] == "0" and path in torn)
    if both:
        raise Refused(
            f"the index holds {both[0]} both whole and in conflict, so nothing can be kept of it",
            f"Mend it: git reset -- {both[0]}",
        )


def _heads(text: str) -> dict[str, str]:
    lines = text.split("\0")[:-1]
    # All that stands before a path has one width, that of an id: no search in each line
    width = lines[0].index("\t") if lines else 0
    return {line[width + 1 :]: line[:width] for line in lines}


def _ending(text: str, end: str) -> Iterator[str]:
    """The paths that end with `end`, found without a look at each."""
    at = text.find(f"{end}\0")
    while at >= 0:
        start = text.rfind("\0", 0, at) + 1
        yield text[start : at + len(end)].partition("\t")[2]
        at = text.find(f"{end}\0", at + 1)
