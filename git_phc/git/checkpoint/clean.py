"""Whether a checkout may be written into: restoring must never cost anything."""

from __future__ import annotations

import os

from git_phc.errors import Refused
from git_phc.git.checkpoint.contents import Contents, walk
from git_phc.git.checkpoint.observe import Seen, observe
from git_phc.git.checkpoint.state import read_state
from git_phc.git.desk import Desk
from git_phc.git.names import all_folders
from git_phc.git.objects import Reader

HARMLESS = {"ORIG_HEAD", "AUTO_MERGE"}
"""Traces of what is over; they are replaced, or left."""


def must_be_free(desk: Desk, reader: Reader, contents: Contents, *, beside: bool) -> None:
    """Raises Refused unless the checkout is fresh, or clean and free for these files.

    With `beside`, untracked files may stand there that are in nobody's way. A clean one loses
    its empty folders here, for they are not part of what comes.
    """
    if _is_fresh(desk):
        return
    seen = observe(desk, trusting=False)
    _must_be_clean(desk, seen, beside=beside)
    _must_not_collide(desk, reader, contents, seen)
    for folder in sorted(seen.bare, reverse=True):
        if not os.listdir(desk.root / folder):
            (desk.root / folder).rmdir()


def _is_fresh(desk: Desk) -> bool:
    return not desk.index.exists() and set(os.listdir(desk.root)) <= {".git"}


def _must_be_clean(desk: Desk, seen: Seen, *, beside: bool) -> None:
    status, state = seen.status, read_state(desk)
    found = [
        *(change.path for change in status.changes),
        *status.conflicts,
        *(() if beside else status.untracked),
        *status.nested,
        *(name for name in state.files if name not in HARMLESS),
        *state.refs,
    ]
    if found:
        some = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise Refused(
            f"{desk.root} is not clean: {some}", "Restore into a fresh worktree, or commit first"
        )


def _must_not_collide(desk: Desk, reader: Reader, contents: Contents, seen: Seen) -> None:
    """Ignored files, and folders full of them, may stand where the checkpoint has a file."""
    names = {path for tree in (contents.work, contents.untracked) for path, _ in walk(reader, tree)}
    names = names.union(contents.exact, contents.big).difference(contents.flags.skipped)
    strange = names.difference(seen.listing.heads)
    folders = all_folders(names).difference(all_folders(seen.listing.heads))
    hit = [path for path in strange if os.path.lexists(desk.root / path)]
    hit += [name for name in folders if _is_no_folder(desk, name)]
    hit += [
        name for name in names if name in seen.sweep.others and name not in seen.listing.modules
    ]
    if hit:
        some = ", ".join(sorted(hit)[:5])
        raise Refused(f"ignored files are in the way in {desk.root}: {some}", "Move them away")


def _is_no_folder(desk: Desk, name: str) -> bool:
    place = desk.root / name
    return os.path.lexists(place) and (place.is_symlink() or not place.is_dir())
