"""Whether a checkout may be written into: restoring must never cost anything."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from git_phc.errors import Refused
from git_phc.git.checkpoint.contents import Contents
from git_phc.git.checkpoint.observe import Bystanders, Seen, observe
from git_phc.git.checkpoint.room import names_of, refuse_in_the_way
from git_phc.git.checkpoint.state import OWN_REFS, read_state
from git_phc.git.checkpoint.status import Change
from git_phc.git.desk import Desk, desk_for
from git_phc.git.objects import Reader
from git_phc.git.repo import Repo

HARMLESS = {"ORIG_HEAD", "AUTO_MERGE"}
"""Traces of what is over; they are replaced, or left."""


def must_be_free(
    desk: Desk, reader: Reader, contents: Contents, *, beside: bool
) -> Bystanders | None:
    """Raises Refused unless the checkout is fresh, or clean and free for these files.

    With `beside`, what is in nobody's way may stand there: untracked files, repositories, refs of
    the checkout's own; the answer tells it from what comes. A clean one loses its empty folders
    here, for they are not part of that.
    """
    if _is_fresh(desk):
        return None
    seen, names = observe(desk, trusting=False), names_of(reader, contents)
    wanted = contents.state.refs
    _refuse(desk, _all_found(desk, seen) if not beside else _in_conflict(desk, seen, wanted))
    known = seen.listing.heads.keys()
    refuse_in_the_way(desk.root, names, {*contents.flags.skipped}, known)
    for folder in sorted(seen.bare, reverse=True):
        if not os.listdir(desk.root / folder):
            (desk.root / folder).rmdir()
    if not beside:
        return None
    return Bystanders(names.files, {*contents.bare}, known, wanted.keys())


def refuse_hidden(repo: Repo) -> None:
    """Raises Refused for what `restore` would not take beside it, and `git status` may not show:
    edits that a flag of the index hides, an operation that is under way.
    """
    with desk_for(repo) as desk:
        _refuse(desk, _in_conflict(desk, observe(desk, trusting=False), ()))


def _is_fresh(desk: Desk) -> bool:
    return not desk.index.exists() and set(os.listdir(desk.root)) <= {".git"}


def _all_found(desk: Desk, seen: Seen) -> Iterator[str]:
    status, state = seen.status, read_state(desk)
    yield from (change.path for change in status.changes)
    yield from (*status.conflicts, *status.untracked, *status.nested)
    yield from (name for name in state.files if name not in HARMLESS)
    yield from state.refs


def _in_conflict(desk: Desk, seen: Seen, refs: Collection[str]) -> Iterator[str]:
    """Those of them that nothing can come beside."""
    status, state = seen.status, read_state(desk)
    yield from (change.path for change in status.changes if not _is_only_in_module(change))
    yield from status.conflicts
    yield from (name for name in state.files if name not in HARMLESS)
    yield from (ref for ref in state.refs if ref in refs or not ref.startswith(OWN_REFS))


def _is_only_in_module(change: Change) -> bool:
    """Whether it is a submodule's own matter: which commit it is at, what is in it."""
    return change.submodule.startswith("S") and change.staged == "." and change.unstaged == "M"


def _refuse(desk: Desk, names: Iterator[str]) -> None:
    if found := list(names):
        some = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise Refused(
            f"{desk.root} is not clean: {some}", "Restore into a fresh worktree, or commit first"
        )
