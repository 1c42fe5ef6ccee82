"""The three trees of a checkout: what is staged, what the files hold, what is untracked."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from git_phc.errors import GitFailed
from git_phc.git.checkpoint.conversion import Rules, attributes
from git_phc.git.checkpoint.hashing import cleaned
from git_phc.git.checkpoint.listing import GITLINK, Staged
from git_phc.git.checkpoint.observe import Seen
from git_phc.git.checkpoint.plain import shelved
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.checkpoint.stashform import Trees
from git_phc.git.checkpoint.status import NOTHING, Change
from git_phc.git.desk import Desk
from git_phc.git.encoding import Entry
from git_phc.git.objects import Reader


class Layers(Struct, frozen=True):
    """What differs from HEAD, as blobs.

    Attributes:
        staged, unstaged, untracked: what stands at each path, None where it is gone.
        left_out: files that the trees do not hold as they are: too big, or a filter fails.
        shelved: files whose blobs are they themselves, and wait on the shelf.
    """

    staged: dict[str, Entry | None]
    unstaged: dict[str, Entry | None]
    untracked: dict[str, Entry | None]
    left_out: frozenset[str]
    shelved: frozenset[str]


def read_layers(desk: Desk, seen: Seen, rules: Rules, shelf: Shelf, max_blob: int) -> Layers:
    """Stores or shelves what changed, and says where it belongs."""
    status = seen.status
    gone = {change.path for change in status.changes if change.unstaged == "D"}
    gone |= {path for path, mode in status.conflicts.items() if mode == NOTHING}
    edited = [change.path for change in status.changes if _is_edited(change)]
    edited += [path for path in status.conflicts if path not in gone]
    wanted = [*edited, *status.untracked]
    big = {path for path in wanted if _size(seen, path) > max_blob}
    whole = [path for path in wanted if path not in big]
    easy = shelved(desk, seen, rules, shelf, whole)
    found, failed = _stored(desk, seen, [path for path in whole if path not in easy])
    found |= easy
    left_out = frozenset(big | failed)
    unstaged = {path: found.get(path) for path in (*gone, *edited) if path not in left_out}
    untracked = {path: found[path] for path in status.untracked if path in found}
    return Layers(_staged(seen), unstaged, dict(untracked), left_out, frozenset(easy))


def trees_of(shelf: Shelf, reader: Reader, head: str | None, layers: Layers) -> Trees:
    """The trees, worked out from HEAD's by what differs."""
    base = reader.get(f"{head}^{{tree}}").oid if head else None
    index = shelf.overlay(base, layers.staged)
    work = shelf.overlay(base, {**layers.staged, **layers.unstaged})
    return Trees(work, index, shelf.overlay(None, layers.untracked))


def _staged(seen: Seen) -> dict[str, Entry | None]:
    staged: dict[str, Entry | None] = dict.fromkeys(seen.status.conflicts)
    for change in seen.status.changes:
        if change.staged != ".":
            there = change.index_mode != NOTHING
            entry = Entry(int(change.index_mode, 8), change.index_oid)
            staged[change.path] = entry if there else None
    return staged


def _is_edited(change: Change) -> bool:
    if change.unstaged not in "MTA":
        return False
    # A submodule that is only dirty inside keeps its commit; its files are not ours
    return change.work_mode != GITLINK or change.submodule[1] != "."


def _size(seen: Seen, path: str) -> int:
    return seen.sweep.sizes.get(path, 0)


def _stored(desk: Desk, seen: Seen, paths: list[str]) -> tuple[dict[str, Entry], set[str]]:
    """The blobs of `paths`, and the paths whose clean filter fails."""
    known = _known(seen, paths)
    try:
        return cleaned(desk, "hashing", paths, known), set()
    except GitFailed:
        said = attributes(desk, paths, ["filter"])
        failed = {path for path in said if said[path]["filter"] not in ("unspecified", "unset")}
        if not failed:
            raise
    return cleaned(desk, "again", [path for path in paths if path not in failed], known), failed


def _known(seen: Seen, paths: list[str]) -> Mapping[str, Staged]:
    """What the index has of `paths`, and of rules that are not on disk."""
    wanted = set(paths)
    known = {
        change.path: Staged(change.index_mode, change.index_oid)
        for change in seen.status.changes
        if change.path in wanted and change.index_mode != NOTHING and not change.intended
    }
    for path in seen.listing.rules:
        entry = None if path in seen.sweep.modes else seen.listing.entry(path)
        if entry:
            known[path] = entry
    return known
