"""Reads a whole checkout: what the index says, what git says, and what git does not tell.

git's own look and ours run side by side, for each waits on the disk; together they cost
little more than one `git status`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from itertools import islice
from pathlib import Path

from msgspec import Struct

from git_phc.git.checkpoint.listing import Listing, read_listing
from git_phc.git.checkpoint.status import Status, read_status
from git_phc.git.checkpoint.sweep import Sweep
from git_phc.git.checkpoint.witness import Witness, load
from git_phc.git.desk import Desk, copy_index
from git_phc.git.names import all_folders, bytes_from_names
from git_phc.host.beside import Beside


class Bystanders(Struct, frozen=True):
    """What may stand in a checkout, or come to it, beside a checkpoint that is put there: all that
    neither is of it nor was tracked before.

    Attributes:
        files, folders: those that the checkpoint has; of the folders, those without a file.
        former: the files that were tracked before.
        refs: the checkout's own refs that the checkpoint has.
    """

    files: Set[str]
    folders: Set[str]
    former: Set[str]
    refs: Set[str]

    def without_files(self, untracked: Iterable[str]) -> list[str]:
        return [path for path in untracked if path in self.files or path in self.former]

    def without_folders(self, root: Path, bare: Iterable[str]) -> list[str]:
        left = all_folders(self.former)  # git takes them away when it empties them
        return [
            name
            for name in bare
            if name in self.folders or (name in left and not os.listdir(root / name))
        ]

    def without_refs(self, refs: Mapping[str, str]) -> dict[str, str]:
        return {ref: oid for ref, oid in refs.items() if ref in self.refs}


class Seen(Struct, frozen=True):
    """One checkout at one moment.

    Attributes:
        sweep: the tracked and untracked files that exist, and the folders.
        full: the folders above those files.
        bare: folders without a file that a checkpoint carries, and not ignored.
        blob_sizes: how many bytes the index's blob has, for each file that was looked at.
        witness: what was known of the files that were not looked at, None if all were.
        looked_at: the tracked files that were looked at in spite of a witness.
    """

    listing: Listing
    status: Status
    sweep: Sweep
    full: set[str]
    bare: tuple[str, ...]
    blob_sizes: dict[str, int]
    witness: Witness | None
    looked_at: set[str]

    def odd_as_before(self) -> set[str]:
        """The files that were odd at the last look, and were not looked at again."""
        known = self.witness.odd if self.witness else frozenset()
        return {path for path in known if path in self.sweep.modes and path not in self.sweep.sizes}

    @property
    def present_though_skipped(self) -> list[str]:
        """Files that exist although the index says that they need not."""
        return [path for path in self.listing.skipped if path in self.sweep.modes]


def observe(desk: Desk, *, trusting: bool, company: Bystanders | None = None) -> Seen:
    """Everything there is to know of the checkout before the first object is made.

    `trusting`: whether files that were not touched since the last look are left alone;
    `company`: what is passed over, as if it were ignored.
    """
    sweep = Sweep()
    with Beside() as beside:
        early = beside.submit(read_status, desk, desk.index)
        witness = load(desk) if trusting else None
        hint = beside.submit(witness.touched, desk) if witness else None
        if witness and witness.is_of(desk.index):
            listing = Listing(witness.listing)
            tracked = set(witness.folders)
        else:
            listing = read_listing(desk)
            tracked = all_folders(listing.paths())
        if witness and hint and listing.is_plain:
            looked = _recall(desk, sweep, listing, witness, hint.result(), tracked)
            status = early.result()
            sizes = sizes_of(desk, *_unedited(looked, listing, status))
        else:
            looked, witness = set(), None
            asked = beside.submit(sizes_of, desk, *listing.blobs())
            sweep.go(desk.root, [""], tracked)
            status, sizes = early.result(), asked.result()
    if lifted := _without_flags(desk, listing, sweep):
        status = read_status(desk, lifted)
    if company:
        status.untracked = company.without_files(status.untracked)
    _read_the_rest(desk, sweep, status, listing, with_tracked=witness is None)
    if witness and all(path in sweep.modes for path in looked):
        full = tracked.union(all_folders(status.untracked))
    else:
        full = all_folders(sweep.modes)
    bare = _bare_folders(desk, sweep, full, {*status.nested, *listing.modules})
    if company:
        bare = company.without_folders(desk.root, bare)
    return Seen(listing, status, sweep, full, tuple(sorted(bare)), sizes, witness, looked)


def _recall(
    desk: Desk,
    sweep: Sweep,
    listing: Listing,
    witness: Witness,
    touched: set[str],
    tracked: set[str],
) -> set[str]:
    """Looks only at files that are new, were young, or were touched; tells which those are."""
    sweep.recall(desk.root, witness.modes, tracked)
    again = touched.union(witness.young)
    if listing.text != witness.listing:
        sweep.forget(sweep.modes.keys() - listing.heads.keys())
        again.update(listing.others_than(witness.listing))
        again.update(listing.heads.keys() - sweep.modes.keys())
        again.intersection_update(listing.heads)
    sweep.look(desk.root, again)
    return again


def _unedited(
    paths: Iterable[str], listing: Listing, status: Status
) -> tuple[list[str], list[str]]:
    """Those of `paths` that hold what the index has, as far as git can tell, and its blobs."""
    changes = {change.path: change for change in status.changes}
    found: dict[str, str] = {}
    for path in paths:
        change = changes.get(path)
        if change is None:
            found[path] = listing.heads[path][9:-2]
        elif change.unstaged == ".":
            found[path] = change.index_oid
    return list(found), list(found.values())


def _without_flags(desk: Desk, listing: Listing, sweep: Sweep) -> Path | None:
    """A further copy of the index, without the flags that hide edits; None if there are none."""
    present = [path for path in listing.skipped if path in sweep.modes]
    if not listing.assumed and not present:
        return None
    lifted = desk.folder / "lifted"
    copy_index(desk.index, lifted)
    for option, names in ("no-assume-unchanged", listing.assumed), ("no-skip-worktree", present):
        words = ("update-index", f"--{option}", "-z", "--stdin")
        desk.git(*words, input=bytes_from_names(names), index=lifted)
    return lifted


def _read_the_rest(
    desk: Desk, sweep: Sweep, status: Status, listing: Listing, *, with_tracked: bool
) -> None:
    """Reads the folders of untracked files; drops what is ignored, or a repository.

    `with_tracked`: whether ignored files were met among the tracked ones, too.
    """
    before = len(sweep.modes)
    sweep.enter(desk.root, all_folders(status.untracked))
    fresh = set(islice(sweep.modes, before, None))
    if with_tracked:
        fresh = sweep.modes.keys() - listing.heads.keys()
    sweep.forget(fresh.difference(status.conflicts, status.untracked))
    sweep.look(desk.root, [path for path in status.untracked if path not in sweep.modes])
    for name in (*status.nested, *listing.modules):
        sweep.others.pop(name, None)


def _bare_folders(desk: Desk, sweep: Sweep, full: Set[str], nested: Set[str]) -> list[str]:
    """The folders without a file that is carried, but for the ignored ones, and repositories."""
    carried = len(sweep.modes)
    bare = [name for name in sweep.folders if name not in full]
    aside = list(sweep.others)
    while aside:
        found = _not_ignored(desk, aside)
        bare += found
        before = set(sweep.others)
        sweep.enter(desk.root, set(found))
        aside = [name for name in sweep.others if name not in before and name not in nested]
    sweep.forget(list(islice(sweep.modes, carried, None)))
    return bare


def _not_ignored(desk: Desk, folders: list[str]) -> list[str]:
    """Those of `folders` that no ignore rule covers."""
    words = ("check-ignore", "-z", "--stdin", "--no-index")
    found = desk.git(*words, input=bytes_from_names(folders), ok=(0, 1)).out
    ignored = set(os.fsdecode(found).split("\0"))
    return [name for name in folders if name not in ignored]


def sizes_of(desk: Desk, paths: Iterable[str], oids: Iterable[str]) -> dict[str, int]:
    """The size of the blob of each path; -1 where it is missing."""
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    words = ("cat-file", "--buffer", "--batch-check=%(objectsize)")
    lines = desk.git(*words, input=asked).out.split(b"\n") if asked else []
    try:
        sizes = list(map(int, lines[:-1]))
    except ValueError:
        sizes = [int(line) if line.isdigit() else -1 for line in lines]
    return dict(zip(paths, sizes, strict=False))
