"""The warm pool: worktrees that were put away, washed, and wait for the next task.

A slot stands beside the worktrees, as `.pool-XXXX`. What it is, git's own lock of it tells:
released and not washed yet, ready, or in the making for a task. So each change of what it is
is one file replaced, and `git worktree prune` and `remove` keep off. Who works on a slot holds
the kernel's lock on its record: of two takers one gets it.

A slot that is not as it was left is used no more, and not deleted either: somebody has been
there, and what they did there may be dear to them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from git_phc.errors import GitFailed, NotARepository, PhcError
from git_phc.git.repo import Repo, open_repo
from git_phc.git.reuse import (
    detach,
    gives_settings,
    is_plain,
    is_washed,
    move_worktree,
    put_on_branch,
    rename_admin,
    wash,
)
from git_phc.git.worktrees import (
    create_branch,
    delete_branch,
    forget_worktree,
    lock_worktree,
    locked_worktrees,
    names_admin,
    place_of,
    points_back,
    unlock_worktree,
)
from git_phc.host.deletion import mounted_in
from git_phc.host.lock import FileLock, try_lock
from git_phc.host.paths import read_text, replace_file
from git_phc.store import layout
from git_phc.workspaces.place import Say
from git_phc.workspaces.trash import to_trash

RELEASED = "git phc washes it, to keep it for a next task"
READY = "git phc keeps it for a next task"
KEPT = frozenset({layout.slot_file(Path()).name})


# From a task into the pool


def release(repo: Repo, path: Path, limit: int) -> bool:
    """Makes the worktree of a task that is put away a slot; says whether.

    From the moment that its mark is off, it is the task's no more. Its files stay as they are
    until the housekeeper comes.
    """
    here = open_repo(path)
    slots = len(list(_slots(repo, RELEASED, READY)))
    if slots >= limit or not is_plain(here):
        return False
    home = path.with_name(f".pool-{os.urandom(4).hex()}")
    with _held(repo, here.git_dir) as lock:
        if lock is None:
            return False
        replace_file(layout.slot_file(here.git_dir), bytes(home))
        lock_worktree(here.git_dir, RELEASED)
        layout.local_mark(here.git_dir).unlink(missing_ok=True)
        layout.checkout_mark(here.git_dir).unlink(missing_ok=True)
        try:
            detach(here)
            move_worktree(repo, path, home)
        except GitFailed:
            return False
    return True


def keep(git_dir: Path) -> None:
    """Leaves to its task a worktree whose release was cut off before its mark was off."""
    unlock_worktree(git_dir, RELEASED)
    layout.slot_file(git_dir).unlink(missing_ok=True)


def left_at(repo: Repo, path: Path) -> list[Path]:
    """The administrative folders of slots whose release was cut off with the folder at `path`."""
    return [slot for slot in _slots(repo, RELEASED) if place_of(slot) == path]


# The housekeeper's part


def unwashed(repo: Repo) -> bool:
    """Whether a slot waits to be washed, and nobody is at it."""
    for slot in _slots(repo, RELEASED):
        with _held(repo, slot) as lock:
            if lock:
                return True
    return False


def wash_slots(repo: Repo) -> None:
    """Makes ready what was released. What cannot be washed goes into the trash."""
    for slot in _slots(repo, RELEASED):
        with _held(repo, slot) as lock:
            if lock is None or slot not in _slots(repo, RELEASED):
                continue
            if not _washed(slot):
                _discard(repo, slot)


def _washed(slot: Path) -> bool:
    home = _home(slot)
    if not points_back(home, slot) or mounted_in(home):
        return False
    try:
        slot = rename_admin(home, slot, _name(home))
        if wash(open_repo(home), KEPT):
            lock_worktree(slot, READY)
            return True
    except (PhcError, OSError):
        pass
    return False


def _discard(repo: Repo, slot: Path) -> None:
    """Throws a slot away: the folder that says it is the slot's, wherever a kill has left it."""
    home = _home(slot)
    names = (slot, slot.with_name(_name(home)))  # it may be about to be renamed, or just renamed
    for folder in {place_of(slot), home}:
        if any(names_admin(folder, name) for name in names):
            with suppress(PhcError):
                to_trash(repo, folder)
    for name in names:
        forget_worktree(repo, name)


def trim(repo: Repo, limit: int, say: Say) -> None:
    """Throws away what is more than the user wants to have ready."""
    slots = list(_slots(repo, READY))
    for slot in slots[limit:]:
        with _held(repo, slot) as lock:
            if lock and slot in _slots(repo, READY):
                if _is_sound(slot):
                    _discard(repo, slot)
                else:
                    _let_go(slot, say)


def ready_slots(repo: Repo) -> Sequence[Path]:
    """The folders of the slots that are ready."""
    return [place_of(slot) for slot in _slots(repo, READY)]


# From the pool to a task


def take(repo: Repo, path: Path, branch: str, start: str, reason: str, say: Say) -> bool:
    """Makes a slot the worktree at `path`, on a new branch at `start`; says whether there was one.

    It is locked with `reason`, as a new one would be.
    """
    if gives_settings(repo):
        return False
    for slot in _slots(repo, READY):
        if place_of(slot).parent != path.parent:
            continue  # it may be on another file system
        with _held(repo, slot) as lock:
            if lock is None or slot not in _slots(repo, READY):
                continue
            if not _is_sound(slot):
                _let_go(slot, say)
                continue
            return _given(repo, slot, path, branch, start, reason)
    return False


def _given(repo: Repo, slot: Path, path: Path, branch: str, start: str, reason: str) -> bool:
    create_branch(repo, branch, start)
    lock_worktree(slot, reason)
    try:
        move_worktree(repo, place_of(slot), path)
        put_on_branch(open_repo(path), branch, start)
    except GitFailed:
        _discard(repo, slot)
        delete_branch(repo, branch, start)
        return False
    layout.slot_file(slot).unlink(missing_ok=True)
    return True


def _is_sound(slot: Path) -> bool:
    """Whether a slot is where it was left, and as it was left."""
    home = place_of(slot)
    try:
        return (
            _home(slot) == home
            and not home.is_symlink()
            and points_back(home, slot)
            and is_washed(open_repo(home), KEPT)
        )
    except (GitFailed, NotARepository, OSError):
        return False


def _let_go(slot: Path, say: Say) -> None:
    home = place_of(slot)
    layout.slot_file(slot).unlink(missing_ok=True)
    unlock_worktree(slot, READY)
    if home.exists():
        say(f"{home} was kept for a next task, and somebody has changed it: it is left to you")


# A slot's record, and who holds it


def _slots(repo: Repo, *states: str) -> Iterator[Path]:
    """The slots in these states, as administrative folders. A mark makes it a task's."""
    for state in states:
        for folder in locked_worktrees(repo, state):
            if not layout.checkout_mark(folder).exists() and layout.slot_file(folder).exists():
                yield folder


def _home(slot: Path) -> Path:
    """Where a slot waits, or will."""
    return Path(read_text(layout.slot_file(slot)) or "/")


def _name(home: Path) -> str:
    """The name to git of the slot that waits at `home`."""
    return home.name.removeprefix(".")


def _held(repo: Repo, slot: Path) -> AbstractContextManager[FileLock | None]:
    """The right to work on a slot; None while somebody else has it."""
    return try_lock(layout.pool_lock(repo, slot.name), tries=1) or nullcontext()
