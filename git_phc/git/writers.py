"""Heals the locks of killed writers.

A git that is killed in the middle of a ref update leaves `<ref>.lock`, and from then on every
writer of that ref fails. So each of our updates is recorded first: a file that names the refs,
locked for as long as we or the git that we started live. A ref's lock is removed when

    - a record names the ref, and nobody holds that record any more,
    - the lock was made while that record's writer was at work, and
    - it is the same lock file that was there a while ago.

Any other lock is somebody else's, and is named by `doctor`, never removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from git_phc.git.repo import Repo
from git_phc.host.lock import try_lock

AT_WORK = 30.0  # seconds after its record in which a writer's lock can have been made


class Record:
    """The record of one git that moves refs, once or again and again.

    Attributes:
        fd: what the git shall hold open. None where the folder cannot be written to: git itself
            will tell why.
    """

    def __init__(self, repo: Repo) -> None:
        self._lock = None
        with suppress(OSError):
            self._lock = try_lock(_folder(repo) / os.urandom(8).hex())
        self.fd = self._lock.fd if self._lock else None

    def name(self, refs: Sequence[str]) -> None:
        """Says that these refs are about to be moved; none, that they were."""
        if self._lock:
            with suppress(OSError):
                self._lock.write("\0".join(refs))

    def end(self, *, was_killed: bool) -> None:
        """That git is no more. Of one that was killed the record stays, as its locks may."""
        lock, self._lock = self._lock, None
        if lock and was_killed:
            lock.close()
        elif lock:
            lock.remove()


@contextmanager
def recorded(repo: Repo, refs: Sequence[str]) -> Iterator[Record]:
    """The record of a git that moves these refs, once. It stays where this ends by an error."""
    record = Record(repo)
    record.name(refs)
    try:
        yield record
    except BaseException:
        record.end(was_killed=True)
        raise
    record.end(was_killed=False)


def heal(repo: Repo, refs: Sequence[str], seen: dict[Path, int]) -> list[Path]:
    """Removes the locks of these refs that dead writers left; answers with their paths.

    `seen` remembers, between calls of one waiter, which lock files (by inode) were there.
    """
    healed = []
    locks = {ref: repo.common_dir / f"{ref}.lock" for ref in refs}
    for record in _records(repo):
        for ref in _abandoned(record) or ():
            if ref in locks and _is_left_by(record, locks[ref], seen):
                locks[ref].unlink(missing_ok=True)
                healed.append(locks[ref])
    for lock in locks.values():
        with suppress(OSError):
            seen[lock] = lock.stat().st_ino
    return healed


def left_locks(repo: Repo) -> list[Path]:
    """Lock files beside refs of ours, whoever made them."""
    folders = (repo.common_dir / "refs" / "phc", repo.common_dir / "refs" / "notes")
    return sorted(lock for folder in folders for lock in folder.rglob("*.lock"))


def forget_dead(repo: Repo) -> int:
    """Removes the records of dead writers whose locks are gone; says how many there were."""
    forgotten = 0
    for record in _records(repo):
        refs = _abandoned(record)
        if refs is None:
            continue
        if not any((repo.common_dir / f"{ref}.lock").exists() for ref in refs):
            record.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


def _folder(repo: Repo) -> Path:
    return repo.private / "writers"


def _records(repo: Repo) -> list[Path]:
    try:
        return sorted(_folder(repo).iterdir())
    except OSError:
        return []


def _abandoned(record: Path) -> list[str] | None:
    """The refs of a record whose writer is dead, which may be none; None while it lives."""
    lock = try_lock(record, tries=1)
    if lock is None:
        return None
    try:
        names = os.fsdecode(os.pread(lock.fd, 1 << 20, 0))
    finally:
        lock.close()
    return names.split("\0") if names else []


def _is_left_by(record: Path, lock: Path, seen: dict[Path, int]) -> bool:
    try:
        made, began = lock.stat(), record.stat().st_mtime
    except OSError:
        return False
    return seen.get(lock) == made.st_ino and began - 1 <= made.st_mtime <= began + AT_WORK
