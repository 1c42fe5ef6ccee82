"""What a writer has stored, and what `git gc` does meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.git.encoding import BLOB
from git_phc.git.housekeeping import hold
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return open_repo(make_repo())


def gc_begins(repo: Repo) -> None:
    (repo.common_dir / "gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")


def packs(repo: Repo) -> set[Path]:
    return set((repo.common_dir / "objects" / "pack").glob("pack-*"))


def repack_ends(repo: Repo, seen: set[Path]) -> None:
    """What a repack that began before our ref was moved does at its end, and the prune after it:
    the packs that it saw go, by name, and what is loose and was without a name then.
    """
    for path in seen:
        path.unlink()
    repo.git("prune-packed")
    repo.git("prune", "--expire=now")


def test_what_is_secured_twice_outlasts_a_repack_in_between(repo: Repo) -> None:
    writer = LooseWriter(repo)
    oid = writer.put(BLOB, b"of a task")
    gc_begins(repo)
    writer.secure()  # before the ref moves, while one gc is at work
    seen = packs(repo)  # by the next one, as it begins
    assert seen
    writer.secure()  # after the ref has moved
    repack_ends(repo, seen)
    assert repo.git("cat-file", "blob", oid).out == b"of a task"


def test_what_a_gc_has_packed_outlasts_a_repack_that_has_begun_since(repo: Repo) -> None:
    """A `git repack -a -d` tells nobody that it is at work; what is loose it does not take."""
    writer = LooseWriter(repo)
    oid = writer.put(BLOB, b"of a task")
    gc_begins(repo)
    writer.secure()  # before the ref moves
    repo.git("prune-packed")  # by the gc, at its end: the pack is all there is of it
    (repo.common_dir / "gc.pid").unlink()
    seen = packs(repo)  # by the repack, as it begins
    assert seen
    writer.secure()  # after the ref has moved
    for path in seen:
        path.unlink()
    repo.git("prune-packed")
    assert repo.git("cat-file", "blob", oid).out == b"of a task"


def test_what_is_held_twice_outlasts_a_repack_in_between(repo: Repo) -> None:
    writer = LooseWriter(repo)
    tip = writer.put(BLOB, b"of a checkpoint")
    assert hold(repo, tip, [])
    seen = packs(repo)
    assert hold(repo, tip, [None])
    repack_ends(repo, seen)
    assert repo.git("cat-file", "blob", tip).out == b"of a checkpoint"
