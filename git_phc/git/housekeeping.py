"""Holds what was just stored against `git gc --prune=now`.

Such a prune takes away each object that no ref named when it looked, however young it is: so
also those of a writer who moves the ref a moment later. What was lost before the ref moved is
stored again. While a `git gc` is at work, what a ref was moved to is stored once more as a pack,
which no prune opens; a later repack makes one of all.

A bare `git prune --expire=now` tells nobody that it is at work. What it takes away before the
writer's last look is stored again; what it takes after that look is lost to it, as it would be
for git's own `git commit`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from git_phc.errors import DamagedTask, GitFailed
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo

if TYPE_CHECKING:
    from git_phc.git.mover import Mover

GC_LASTS = 12 * 3600  # seconds; git takes an older gc.pid for one that nobody is behind
TRIES = 20  # prunes in a row, each in the middle of one write


def gc_runs(repo: Repo) -> bool:
    """Whether a `git gc` is at work here, as far as its gc.pid tells."""
    path = repo.common_dir / "gc.pid"
    try:
        pid, _, host = path.read_text().strip().partition(" ")
        if host == os.uname().nodename:
            os.kill(int(pid), 0)
        return time.time() - path.stat().st_mtime < GC_LASTS
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def missing(repo: Repo, oids: Collection[str]) -> list[str]:
    """Those of the objects that are not here any more; quick where they are loose files."""
    unseen = not_loose(repo, oids)
    if not unseen:
        return []
    names = "".join(f"{oid}\n" for oid in unseen).encode()
    said = repo.git("cat-file", "--batch-check", input=names).out.decode().splitlines()
    return [oid for oid, line in zip(unseen, said, strict=True) if line.endswith(" missing")]


def not_loose(repo: Repo, oids: Collection[str]) -> list[str]:
    """Those of the objects that have no file of their own."""
    folder = f"{repo.common_dir}/objects"  # as text: a path takes five times as long to make
    return [oid for oid in oids if not os.access(f"{folder}/{oid[:2]}/{oid[2:]}", os.F_OK)]


def pack(repo: Repo, oids: Collection[str], *options: str) -> bool:
    """Stores the objects once more, in a pack of a name that none had before; False where one
    of them is missing.

    A pack is named for what is in it, and a repack that is at work deletes by name the packs that
    it saw when it began. So one object of chance goes along.
    """
    alone = repo.git("hash-object", "-w", "--stdin", input=os.urandom(16), ok=())
    if not alone.ok:  # a prune took the folder from under it, or the disk is full
        return False
    names = alone.out + "".join(f"{oid}\n" for oid in oids).encode()
    target = repo.common_dir / "objects" / "pack" / "pack"
    words = ("-c", "core.fsync=all", "pack-objects", "-q", *options, str(target))
    return repo.git(*words, input=names, ok=()).ok


def hold(repo: Repo, new: str, known: Sequence[str | None]) -> bool:
    """Stores, as a pack, all that `new` reaches and `known` do not; False where some is missing."""
    return pack(repo, [new, *(f"^{oid}" for oid in known if oid)], "--revs")


T = TypeVar("T")


def outlasting(repo: Repo, act: Callable[[], T]) -> T:
    """What `act` answers, which makes objects for its own use; again where they were pruned.

    A prune that took them may have ended before it is looked for, and the next one begun; so
    it is tried again now and then also where none is seen.
    """
    for unseen in range(TRIES):
        try:
            return act()
        except (GitFailed, DamagedTask):
            if unseen > 2 and not gc_runs(repo):
                break
    return act()


class Fresh:
    """What a writer has stored since it last moved a ref: kept in memory, up to a limit."""

    LIMIT = 8 << 20  # bytes; who stores more than that can store it again by other means

    def __init__(self, repo: Repo, put: Callable[[bytes, bytes], object]) -> None:
        self._repo, self._put = repo, put
        self._objects: dict[str, tuple[bytes, bytes]] = {}
        self._size = 0

    def add(self, oid: str, kind: bytes, data: bytes) -> None:
        if oid not in self._objects and self._size + len(data) <= self.LIMIT:
            self._objects[oid] = (kind, data)
            self._size += len(data)

    def secure(self) -> None:
        """Stores again what has no file of its own: a pack that no ref reaches goes with the next
        `git repack -a -d`, which tells nobody that it is at work. All of it as a pack where a
        `git gc` is at work, which takes such files.
        """
        for _ in range(TRIES):
            runs = gc_runs(self._repo)  # asked first: one that starts later sees the ref
            for oid in not_loose(self._repo, self._objects):
                self._put(*self._objects[oid])
            if not runs or not self._objects or pack(self._repo, self._objects):
                return

    def forget(self) -> None:
        self._objects.clear()
        self._size = 0


class Securing(Protocol):
    """A writer that can be asked to see to what it has stored; see `Fresh`.

    Attributes:
        mover: who makes its moves; None where each is made by a git of its own.
    """

    @property
    def mover(self) -> Mover | None: ...
    def secure(self) -> None: ...
    def forget(self) -> None: ...


def publish(
    repo: Repo,
    writer: Securing,
    moves: Sequence[Move],
    seen: Mapping[str, str | None] | None = None,
) -> None:
    """Moves refs to what `writer` has just stored, and sees to it that all of that is there.
    `seen`: see `move_refs`.

    Raises what `move_refs` does.
    """
    writer.secure()  # so that nobody meets a ref that leads nowhere
    try:
        move_refs(repo, moves, seen=seen, mover=writer.mover)
    except GitFailed as error:
        if "nonexistent object" not in error.stderr:
            raise
        writer.secure()
        move_refs(repo, moves, seen=seen, mover=writer.mover)
    writer.secure()  # a prune may have begun after the first look, and before the move
    writer.forget()
