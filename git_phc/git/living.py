"""The difference between a tree and a checkout as it is now. No object is stored for it.

git compares the files themselves, through a copy of the index to which the untracked files
are added without their contents, and from which the flags that hide edits are taken.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.git.desk import Desk, desk_for
from git_phc.git.names import bytes_from_names
from git_phc.git.repo import Repo


def show_living(checkout: Repo, tree: str, options: Sequence[str]) -> bytes:
    """The difference, as git shows it. What git ignores, and repositories inside the checkout,
    are left out. Raises PhcError where a folder cannot be read.
    """
    with desk_for(checkout) as desk:
        _complete(desk, _list(desk))
        modules = "all" if checkout.foreign else "dirty"
        # A file of the same bytes that was only touched is no difference, whatever is set
        words = ("-c", "diff.autoRefreshIndex=true", "diff", "--no-ext-diff", "--no-textconv")
        return desk.lenient(*words, f"--ignore-submodules={modules}", *options, tree, "--").out


class _Listing(Struct, frozen=True):
    """The files that the index does not know, and those that it says need no look."""

    untracked: list[str]
    assumed: list[str]
    skipped: list[str]


def _list(desk: Desk) -> _Listing:
    found = desk.git("ls-files", "-z", "-v", "--cached", "--others", "--exclude-standard")
    if b"could not open directory" in found.err:  # git warns, and calls it success
        raise PhcError(
            f"a folder cannot be read, so its changes cannot be shown: {found.said}",
            "Grant yourself access to it, then try again",
        )
    listing = _Listing([], [], [])
    for line in os.fsdecode(found.out).split("\0"):
        sign, path = line[:1], line[2:]
        if sign == "?" and not path.endswith("/"):  # a slash: a repository of its own
            listing.untracked.append(path)
        if sign.islower():
            listing.assumed.append(path)
        # A sparse checkout lacks the others: they are as they were
        if sign in ("S", "s") and os.path.lexists(desk.root / path):
            listing.skipped.append(path)
    return listing


def _complete(desk: Desk, listing: _Listing) -> None:
    """Makes the copied index know every file there is, and trust none."""
    lifted = ("no-assume-unchanged", listing.assumed), ("no-skip-worktree", listing.skipped)
    for option, paths in lifted:
        if paths:
            words = ("update-index", f"--{option}", "-z", "--stdin")
            desk.git(*words, input=bytes_from_names(paths))
    if listing.untracked:
        # As an empty file that was never looked at, so git reads what is there
        empty = hashlib.new(desk.repo.object_format, b"blob 0\0", usedforsecurity=False).hexdigest()
        lines = bytes_from_names(f"100644 {empty} 0\t{path}" for path in listing.untracked)
        desk.git("update-index", "--add", "--replace", "-z", "--index-info", input=lines)
