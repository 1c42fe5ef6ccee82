"""Refs: read in bulk, moved by compare-and-swap.

A move goes through `git update-ref`, so that every ref backend, lock and reflog rule is
git's own. "Locked" is retried until a deadline; it is not a lost race.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from git_phc.errors import DamagedTask, GitFailed, LostRace, PhcError
from git_phc.git import run
from git_phc.git.ref_file import oid_in_file
from git_phc.git.repo import Repo
from git_phc.git.run import Result

if TYPE_CHECKING:
    from git_phc.git.mover import Mover

OURS = "refs/phc/"
REASON = "git phc"  # what a reflog says of a move, where there is one
LINE = "--format=%(objectname) %(refname)"
HEAL_AFTER = 0.5  # seconds between two looks for a dead writer's lock; a live one's lasts less
LOCK_WAIT = 10.0  # seconds that a ref may stay locked before somebody must look


class Move(Struct, frozen=True):
    """One ref, from the value that it must have to the value that it shall have.

    None means "absent": a move from None creates, a move to None deletes.
    """

    ref: str
    old: str | None
    new: str | None


def list_refs(repo: Repo, *prefixes: str) -> Iterator[tuple[str, str]]:
    """Each ref below the prefixes, as (name, object id), in the order of their names."""
    return parse_refs(raw_refs(repo, *prefixes))


def raw_refs(repo: Repo, *prefixes: str) -> bytes:
    """The same as git says it: a line a ref, `<object id> <name>`. Two answers are equal only
    when no ref was made, moved or deleted between them.
    """
    return repo.git("for-each-ref", LINE, *prefixes).out


class Asked:
    """What `raw_refs` answers with, asked for now and read later: git writes meanwhile."""

    def __init__(self, repo: Repo, *prefixes: str) -> None:
        self._repo, self._prefixes = repo, prefixes
        words = [f"--git-dir={repo.git_dir}", "for-each-ref", LINE, *prefixes]
        self._process = run.spawn(words, cwd=repo.git_dir)
        _widen(self._process.stdout)

    def answer(self) -> bytes:
        """The whole of it. Raises what `raw_refs` does."""
        out, _ = self._process.communicate()
        return raw_refs(self._repo, *self._prefixes) if self._process.returncode else out


def _widen(pipe: IO[bytes] | None) -> None:
    """Lets a pipe hold a list of ten thousand refs, where the system can: Linux."""
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # more than this system grants a user
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def parse_refs(raw: bytes) -> Iterator[tuple[str, str]]:
    """What `list_refs` answers with, from what `raw_refs` did."""
    # by "\n" only: a name may hold what str.splitlines takes for the end of a line (U+2028)
    for line in os.fsdecode(raw).split("\n"):
        oid, space, name = line.partition(" ")
        if space:
            yield name, oid


def read_ref(repo: Repo, ref: str) -> str | None:
    """The object id that `ref`, a whole name, holds, or None when there is no such ref.

    Not by `rev-parse`, which would answer for a tag of that name (refs/tags/refs/phc/…).
    """
    # Others may be a worktree's own, or differ by case only.
    if ref.startswith(OURS) and (oid := oid_in_file(repo, ref)):
        return oid
    return dict(list_refs(repo, ref)).get(ref)


def set_refs(repo: Repo, values: Mapping[str, str | None]) -> bool:
    """Sets refs that only say what was seen, whatever they hold; None deletes. Not synced to
    disk: what is lost is seen again. Says whether it could.
    """
    script = _settings(values)
    return not script or repo.git("update-ref", "--stdin", "-z", input=script, ok=()).ok


def _settings(values: Mapping[str, str | None]) -> bytes:
    lines = [
        b"update %s\0%s\0\0" % (os.fsencode(ref), oid.encode())
        if oid
        else b"delete %s\0\0" % os.fsencode(ref)
        for ref, oid in values.items()
    ]
    return b"".join(lines)


def move_refs(
    repo: Repo,
    moves: Sequence[Move],
    *,
    reason: str = REASON,
    lock_wait: float = LOCK_WAIT,
    synced: bool = True,
    seen: Mapping[str, str | None] | None = None,
    mover: Mover | None = None,
) -> None:
    """Makes all the moves, or none of them. What is `seen` is set with them, as by `set_refs`.
    A `mover` makes them the quicker, synced and for no reason of their own; and then sets what was
    seen, which is seen again where that fails.

    Raises LostRace when a ref is not what `old` says, DamagedTask when it cannot be read, and
    PhcError when it stays locked for `lock_wait` seconds. The refs are synced to disk, each by
    itself; who moves thousands says that they are not, and packs them, which syncs one file.
    """
    import random

    from git_phc.git.writers import heal

    if mover and moves and seen:
        move_refs(repo, moves, lock_wait=lock_wait, mover=mover)
        with suppress(PhcError):
            move_refs(repo, (), lock_wait=lock_wait, seen=seen, mover=mover.unsynced)
        return
    lines = b"".join(_line(repo, move) for move in moves) + _settings(seen or {})
    words = transaction(reason, synced=synced)
    refs = [*(move.ref for move in moves), *(seen or ())]
    deadline, heal_at = time.monotonic() + lock_wait, time.monotonic() + HEAL_AFTER
    locks: dict[Path, int] = {}
    while True:
        done = mover.move(lines, refs) if mover else _move_once(repo, words, lines, refs)
        if done.ok:
            return
        if not _is_locked(done.said) or time.monotonic() > deadline:
            raise _why(moves, done.said, done.status, lock_wait)
        if time.monotonic() > heal_at:
            heal(repo, refs, locks)
            heal_at = time.monotonic() + HEAL_AFTER
        time.sleep(random.uniform(0.002, 0.03))  # noqa: S311  (spreads writers, no secret)


def transaction(reason: str = REASON, *, synced: bool = True) -> list[str]:
    """The git command that is told the moves on its standard input."""
    fsync = ["-c", "core.fsync=all"] if synced else []
    return [*fsync, "update-ref", "-m", reason, "--stdin", "-z"]


def _move_once(repo: Repo, words: Sequence[str], lines: bytes, refs: Sequence[str]) -> Result:
    from git_phc.git.writers import recorded

    script = b"start\0" + lines + b"prepare\0commit\0"
    with recorded(repo, refs) as record:
        done = repo.git(*words, input=script, ok=(), keep_open=record.fd)
        record.end(was_killed=done.status < 0)
    return done


def _line(repo: Repo, move: Move) -> bytes:
    ref = os.fsencode(move.ref)
    old = (move.old or repo.zero).encode()
    if move.new is None:
        return b"delete %s\0%s\0" % (ref, old)
    return b"update %s\0%s\0%s\0" % (ref, move.new.encode(), old)


def _is_locked(said: str) -> bool:
    # "Unable to create '….lock': File exists": another writer, or what a killed one left
    return "File exists" in said and ".lock'" in said


def _why(moves: Sequence[Move], said: str, status: int, lock_wait: float) -> PhcError:
    names = ", ".join(move.ref for move in moves)
    if _is_locked(said):
        lock = _LOCK.search(said)
        where = lock.group(1) if lock else "its lock file"
        return PhcError(
            f"{names} stayed locked for {lock_wait:g} seconds",
            f"If no git program runs here, remove {where}; git phc doctor tells more",
        )
    if "reference broken" in said:  # its file is empty or garbage: trying again is no help
        return DamagedTask(f"{names} cannot be read", "Look closer: git phc doctor")
    if any(sign in said for sign in _RACES):
        return LostRace(f"{names} was changed by somebody else", "Try again")
    return GitFailed(["git", "update-ref"], status, said)


_LOCK = re.compile(r"Unable to create '(.*\.lock)'", re.DOTALL)
_RACES = (
    "but expected",  # "is at X but expected Y"
    "reference already exists",
    "unable to resolve reference",  # expected a value; the ref has gone
    "reference is missing but expected",
)
