"""Lock files that nobody holds any more, of git's and of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter, objects_folder
from git_phc.git.repo import open_repo
from tests.damage.place import Place, follow, git, goes_on, has_work, sentence, sound
from tests.kit import run_program

pytestmark = pytest.mark.faults


def lock(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_lock_of_a_tasks_ref_is_named_and_goes_as_told(place: Place) -> None:
    tree = place.tree
    lock(place.repo / ".git" / f"{place.ref}.lock")
    for words in (["edit", "--label", "x"], ["send", "again", "-q"], ["resume", "-q"], ["delete"]):
        said = sentence(place.on_task(words))
        assert f"{place.ref} stayed locked for 10 seconds" in said
        has_work(tree)
    assert place.ok("status", "-q") == place.task
    done = place.phc("doctor")
    assert done.code == 1
    (what,) = [line for line in done.out.splitlines() if "rm '" in line]
    path = what.partition("rm '")[2].partition("'")[0]
    Path(path).unlink()
    assert place.ok("doctor") == "All is well."
    goes_on(place)


def test_a_lock_of_the_packed_refs_stops_neither_appends_nor_ends(place: Place) -> None:
    place.git("pack-refs", "--all", "--prune")
    left = lock(place.repo / ".git/packed-refs.lock")
    place.ok("edit", place.task, "--label", "x")
    place.ok("send", place.task, "again", "-q")
    place.ok("done", place.task)
    said = place.ok("status", "-a")
    assert "done" in said
    place.ok("undo", place.task)
    has_work(place.tree)
    left.unlink()
    goes_on(place)


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock"])
def test_a_lock_of_the_worktrees_own_git_stops_no_checkpoint(place: Place, name: str) -> None:
    tree = place.tree
    folder = Path(git(tree, "rev-parse", "--absolute-git-dir"))
    lock(folder / name)
    place.ok("send", place.task, "again", "-q")
    place.ok("diff", place.task)
    place.ok("done", place.task)
    place.ok("undo", place.task)
    assert place.tree == tree
    has_work(tree)
    sound(place)


OTHERS = [pytest.param(name, marks=pytest.mark.faults) for name in ("HEAD.lock", "shallow.lock")]


@pytest.mark.parametrize("name", ["index.lock", "config.lock", *OTHERS])
def test_a_lock_of_the_main_checkout_stops_no_worktree_task(place: Place, name: str) -> None:
    left = lock(place.repo / ".git" / name)
    place.ok("start", "another", "-q", "--", "true")
    place.ok("edit", place.task, "--label", "x")
    place.ok("done", place.task)
    place.ok("undo", place.task)
    left.unlink()
    goes_on(place)


def test_a_lock_beside_an_object_is_passed_by(place: Place) -> None:
    repo = open_repo(place.repo)
    oid = repo.git("hash-object", "--stdin", input=b"held").out.decode().strip()
    left = lock(objects_folder(repo) / oid[:2] / f"{oid[2:]}.lock")
    assert LooseWriter(repo).put(BLOB, b"held") == oid
    assert repo.git("cat-file", "blob", oid).out == b"held"
    left.unlink()


def held(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def unreadable(database: Path) -> None:
    database.unlink()
    database.mkdir()


def garbled(database: Path) -> None:
    database.write_bytes(b"SQLite format 3\0" + bytes(5000))


@pytest.mark.parametrize("harm", [held, unreadable, garbled])
def test_an_index_that_cannot_be_used_is_done_without(
    place: Place, harm: Callable[[Path], object]
) -> None:
    place.ok("status")
    database = place.repo / ".git/phc/index.db"
    if not database.exists():
        sqlite3.connect(database).close()
    keep = harm(database)
    assert place.ok("status", "-q") == place.task
    place.ok("edit", place.task, "--title", "new")
    assert "new" in place.ok("status")
    if isinstance(keep, sqlite3.Connection):
        keep.close()
    goes_on(place)


def test_a_dead_housekeeper_holds_nobody_up(place: Place) -> None:
    """What `git gc` leaves when it is killed: its gc.pid names a process that is gone."""
    host = run_program(["uname", "-n"]).out.strip()
    dead = run_program(["sh", "-c", "echo $$"]).out.strip()
    (place.repo / ".git/gc.pid").write_text(f"{dead} {host}")
    place.ok("edit", place.task, "--label", "x")
    assert list((place.repo / ".git/objects/pack").iterdir()) == []
    follow("Run it: git gc --quiet", place.repo)
    goes_on(place)
