"""Folders that are on their way out: moved aside in one step, deleted later, by somebody else.

A record in our private folder names each before it is moved, so that one which a kill has left
is known, and nothing is ever deleted that only looks like one of ours.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from git_phc.errors import Refused
from git_phc.git.repo import Repo
from git_phc.host.deletion import delete_tree
from git_phc.host.lock import try_lock
from git_phc.host.paths import create_file, read_text
from git_phc.store import layout

MOVING = 600.0  # seconds that may lie between a record and the move that it tells of


def to_trash(repo: Repo, path: Path) -> None:
    """Moves a folder aside, to the same file system, where it waits to be deleted.

    Raises Refused, and has moved nothing, where that cannot be done or must not be.
    """
    token = os.urandom(4).hex()
    trash = path.with_name(f".trash-{token}")  # its own name may be as long as a name can be
    record = layout.trash_record(repo, token)
    create_file(record, bytes(trash))
    try:
        path.rename(trash)
    except OSError as error:
        record.unlink(missing_ok=True)
        raise Refused(
            f"{path} cannot be moved away: {(error.strerror or str(error)).lower()}",
            "Look what holds it, then try again",
        ) from error


def in_trash(repo: Repo) -> Iterator[tuple[Path, Path]]:
    """Each folder that waits, after the record that names it."""
    for record in sorted(layout.trash_record(repo, "x").parent.glob("*")):
        trash = Path(read_text(record) or "")
        if trash.name.endswith(f".trash-{record.name}") and os.path.lexists(trash):
            yield record, trash


def empty_trash(repo: Repo) -> bool:
    """Deletes what waits; says whether all of it is gone. Two at once share the work."""
    whole = True
    for record, trash in list(in_trash(repo)):
        lock = try_lock(record, tries=1)
        if lock is None:
            continue
        if delete_tree(trash):
            lock.remove()
        else:
            lock.close()
            whole = False
    _forget_stale(repo)
    return whole


def _forget_stale(repo: Repo) -> None:
    """Drops records of moves that never were. A young one may be just about to be."""
    waiting = {record for record, _ in in_trash(repo)}
    for record in layout.trash_record(repo, "x").parent.glob("*"):
        with suppress(FileNotFoundError):
            if record not in waiting and time.time() - record.stat().st_mtime > MOVING:
                record.unlink()
