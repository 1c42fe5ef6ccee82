"""A disk that is full, or that nothing can be written to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.damage.place import (
    READERS,
    WORK,
    WRITERS,
    Place,
    goes_on,
    has_work,
    sentence,
    settle,
    sound,
)  # fmt: skip
from tests.e2e.stage import until
from tests.kit import chance, run_program

pytestmark = pytest.mark.faults

PAGE = 4096
FULLEST = 64  # pages; with so many free, each of the commands goes through


@contextmanager
def filled(disk: Path, pages: int) -> Iterator[None]:
    """Fills the disk until only so many pages are free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(PAGE)):
                pass
        file.truncate(max(0, file.tell() - pages * PAGE))
    try:
        yield
    finally:
        filler.unlink()


def levels(*, full: bool) -> Sequence[int]:
    """How many pages to leave: many numbers of them, or a few; the seed chooses."""
    if full:  # the half of them: in two runs or three, all
        return sorted(chance().sample(range(FULLEST), FULLEST // 2))
    return chance().sample(range(40), 2)


def outcome(place: Place, words: Sequence[str]) -> int:
    """How the command ended: well, or with a sentence; or its run has failed, which says so."""
    done = place.on_task(words)
    assert "Traceback" not in done.err, done
    assert "defect" not in done.err, done
    if done.code and not done.out:
        sentence(done)
    assert done.code in (0, 1), done
    return done.code


SIZES = [False, pytest.param(True, marks=pytest.mark.faults)]


@pytest.mark.parametrize("full", SIZES)
@pytest.mark.parametrize("words", WRITERS, ids=[words[0] for words in WRITERS])
def test_a_full_disk_stops_a_command_and_loses_nothing(
    repo_on_disk: Path, words: list[str], full: bool
) -> None:
    place = settle(repo_on_disk)
    for pages in levels(full=full):
        with filled(repo_on_disk.parent, pages):
            outcome(place, words)
            assert place.ok("status", "-a", "--json")
        sound(place)
        state = json.loads(place.ok("show", place.task, "--json"))
        if state["status"] == "interrupted":
            place.ok("resume", place.task, "-q")
        if state["status"] == "done" or place.task not in place.ok("status", "-q").split():
            place.ok("undo", place.task)
        has_work(place.tree)
    goes_on(place)


@pytest.mark.parametrize("full", SIZES)
def test_a_full_disk_stops_a_start_and_leaves_nothing_half_made(
    repo_on_disk: Path, full: bool
) -> None:
    place = Place(repo_on_disk)
    for pages in levels(full=full):
        known = set(place.ok("status", "-a", "-q").split())
        with filled(repo_on_disk.parent, pages):
            outcome(place, ["start", "first", "-q", *WORK])
        sound(place)
        for task in set(place.ok("status", "-a", "-q").split()) - known:
            if json.loads(place.ok("show", task, "--json"))["status"] != "ready":
                place.ok("resume", task, "-q")
            place.ok("done", task)
    place = settle(repo_on_disk)
    goes_on(place)


@pytest.mark.parametrize("full", SIZES)
def test_a_disk_that_an_agent_fills_loses_none_of_its_work(repo_on_disk: Path, full: bool) -> None:
    disk, place = repo_on_disk.parent, Place(repo_on_disk)
    fill = f"cat /dev/zero > {disk}/filler 2>&-; truncate -s -$PHC_PROMPT {disk}/filler"
    script = f'echo "$PHC_PROMPT" >> made.txt; test "$PHC_PROMPT" = no || {{ {fill}; }}'
    place.task = place.ok("start", "no", "-q", "--", "sh", "-c", script)
    lines = ["no"]
    for pages in levels(full=full):
        lines.append(str(pages * PAGE))
        place.phc("send", place.task, lines[-1], "-q")
        (disk / "filler").unlink()
        sound(place)
        assert (place.tree / "made.txt").read_text().split() == lines
        if json.loads(place.ok("show", place.task, "--json"))["status"] == "interrupted":
            place.ok("stop", place.task)
    place.ok("done", place.task)
    place.ok("undo", place.task)
    assert (place.tree / "made.txt").read_text().split() == lines


# -- nothing can be written -----------------------------------------------------------------


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    # busy for as long as somebody, such as a supervisor at its last moves, writes there
    until(lambda: run_program(["mount", "-o", "remount,ro", str(disk)]).code == 0)
    try:
        yield
    finally:
        assert run_program(["mount", "-o", "remount,rw", str(disk)]).code == 0


def state(place: Place) -> str:
    return place.git("for-each-ref", "--format=%(refname) %(objectname)")


def reads_and_does_not_write(place: Place) -> None:
    before = state(place)
    for words in READERS:
        done = place.on_task(words)
        assert (done.code, done.err) == (0, ""), (words, done)
    for words in (*WRITERS, ["start", "x", *WORK], ["start", "x", "-m", "local", *WORK]):
        said = sentence(place.on_task(words)).lower()
        assert any(why in said for why in ("read-only file system", "permission denied")), said
        assert "access" in said
    assert state(place) == before


def test_a_read_only_repository_can_be_read(repo_on_disk: Path) -> None:
    place = settle(repo_on_disk)
    until(lambda: not list((repo_on_disk / ".git/phc").glob("writers/*")))
    with read_only(repo_on_disk.parent):
        reads_and_does_not_write(place)
    goes_on(place)


def test_a_read_only_repository_without_a_folder_of_ours_can_be_read(repo_on_disk: Path) -> None:
    place = Place(repo_on_disk)
    with read_only(repo_on_disk.parent):
        for words in (["status"], ["status", "-a", "--json"], ["doctor"], ["config"], ["agents"]):
            assert place.phc(*words).code == 0
        sentence(place.phc("start", "x", *WORK))
    assert not (repo_on_disk / ".git/phc").exists()
    goes_on(settle(repo_on_disk))


@contextmanager
def forbidden(folder: Path) -> Iterator[None]:
    """Takes the right to write from the folder and all below it."""
    run_program(["chmod", "-R", "a-w", str(folder)])
    try:
        yield
    finally:
        run_program(["chmod", "-R", "u+w", str(folder)])


def test_a_repository_that_the_user_may_only_read(place: Place, bound: list[str]) -> None:
    with forbidden(place.repo / ".git"):
        reads_and_does_not_write(Place(place.repo, place.task, bound))
    goes_on(place)


def test_permissions_that_are_lost_in_the_middle_of_a_run(place: Place, bound: list[str]) -> None:
    go, tree = place.repo.parent / "go", place.tree
    there = Place(place.repo, place.task, bound)
    script = f"touch {tree}/began; until test -e {go}; do sleep 0.05; done; echo late > late.txt"
    task = there.ok("start", "long", "-d", "-q", "--", "sh", "-c", script)
    until((tree / "began").exists)
    late = Path(there.ok("path", task)) / "late.txt"
    with forbidden(place.repo / ".git"):
        go.touch()
        until(late.exists)
        there.phc("wait", task)
        assert there.phc("status").code == 0
    assert "interrupted" in place.ok("status", task)
    assert late.read_text() == "late\n"
    (tree / "began").unlink()
    place.ok("stop", task)
    assert place.ok("status", "-q", "--status", "cancelled") == task
    place.ok("done", task)
    place.ok("undo", task)
    assert late.read_text() == "late\n"
    goes_on(place)
