"""Locks that killed writers leave are healed; those of others are not touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.git.refs import Move, move_refs, read_ref
from git_phc.git.repo import Repo, open_repo
from git_phc.git.writers import forget_dead, left_locks, recorded
from tests.kit import MakeRepo, RunGit

REF = "refs/phc/tasks/kkkk"
KILLED = """
import os, pathlib, signal, sys
from git_phc.git.repo import open_repo
from git_phc.git.writers import recorded
repo, ref, lock = sys.argv[1:]
with recorded(open_repo(pathlib.Path(repo)), [ref]):
    pathlib.Path(lock).touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return open_repo(make_repo())


@pytest.fixture
def tip(repo: Repo, git: RunGit) -> str:
    assert repo.worktree
    return git(repo.worktree, "rev-parse", "HEAD")


def kill_a_writer_with_its_lock(repo: Repo) -> Path:
    """A child process records its update, takes the lock, and is killed."""
    lock = repo.common_dir / f"{REF}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    dead = subprocess.run(
        [sys.executable, "-c", KILLED, repo.common_dir.parent, REF, lock], check=False
    )
    assert dead.returncode == -signal.SIGKILL
    assert lock.exists()
    return lock


def test_a_killed_writers_lock_is_healed(repo: Repo, tip: str) -> None:
    lock = kill_a_writer_with_its_lock(repo)
    assert left_locks(repo) == [lock]
    move_refs(repo, [Move(REF, None, tip)])
    assert read_ref(repo, REF) == tip
    assert left_locks(repo) == []


def test_a_lock_without_a_record_stays(repo: Repo, tip: str) -> None:
    lock = repo.common_dir / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(PhcError, match="stayed locked"):
        move_refs(repo, [Move(REF, None, tip)], lock_wait=1.5)
    assert lock.exists()


@pytest.mark.slow
def test_a_lock_made_long_after_a_dead_writers_record_stays(repo: Repo, tip: str) -> None:
    lock = kill_a_writer_with_its_lock(repo)
    lock.unlink()
    lock.touch()
    os.utime(lock, (time.time() + 100, time.time() + 100))
    with pytest.raises(PhcError, match="stayed locked"):
        move_refs(repo, [Move(REF, None, tip)], lock_wait=1.5)
    assert lock.exists()


def test_a_live_writers_lock_is_waited_for(repo: Repo, tip: str) -> None:
    lock = repo.common_dir / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    with recorded(repo, [REF]):
        lock.touch()
        waiter = subprocess.Popen(["sh", "-c", f"sleep 1.2; rm '{lock}'"])
        move_refs(repo, [Move(REF, None, tip)])
    assert waiter.wait() == 0
    assert read_ref(repo, REF) == tip


def test_records_do_not_pile_up(repo: Repo, tip: str) -> None:
    move_refs(repo, [Move(REF, None, tip)])
    assert list((repo.private / "writers").iterdir()) == []
    kill_a_writer_with_its_lock(repo).unlink()
    assert forget_dead(repo) == 1
    assert list((repo.private / "writers").iterdir()) == []
