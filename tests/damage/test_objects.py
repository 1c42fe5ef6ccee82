"""Objects that are missing or garbled: told, nothing more lost, and a way back that works."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.damage.place import Place, follow, git, goes_on, has_work, sentence
from tests.kit import run_program

pytestmark = pytest.mark.faults

Hurt = Callable[[Path], None]


def object_file(place: Place, revision: str) -> Path:
    oid = place.git("rev-parse", "--verify", revision)
    path = place.repo / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def garble(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


HURTS = (remove, empty, cut, garble)
NOW = (
    "TASK:task.json",
    "TASK^{tree}",
    "TASK:messages",
    "WORK^{tree}",
    "WORK:meta.json",
    "RUNS^{tree}",
)
BEFORE = ("TASK~2", "TASK~2:event.json", "TASK~1^{tree}", "WORK~1")


def some(words: Sequence[str]) -> list[Any]:
    """One of five of them in every run of the tests, the others in the long one."""
    slow = pytest.mark.faults
    return [pytest.param(word, marks=slow if at % 5 else []) for at, word in enumerate(words)]


def revision(place: Place, word: str) -> str:
    for name in ("tasks", "work", "runs"):
        word = word.replace(
            name.upper().removesuffix("S") if name == "tasks" else name.upper(),
            f"refs/phc/{name}/{place.task}",
        )
    return word


def no_traceback(place: Place, *words: str) -> None:
    done = place.on_task(words)
    assert "Traceback" not in done.err + done.out
    assert "defect" not in done.err, (words, done)
    if done.code and words[0] not in ("doctor", "send", "resume"):
        assert len(done.err.splitlines()) == 2, (words, done)


ALL = (["status"], ["show"], ["logs"], ["path"], ["diff"], ["edit", "--label", "x"], ["doctor"],
       ["undo"], ["send", "again", "-q"], ["resume", "-q"], ["done"], ["delete"])  # fmt: skip


@pytest.fixture
def mirror(place: Place) -> Path:
    """Another clone, which has all that was there before the damage."""
    folder = place.repo.parent / "mirror.git"
    git(place.repo, "clone", "-q", "--mirror", "--no-hardlinks", ".", str(folder))
    return folder


@pytest.mark.parametrize("word", some([*NOW, "TASK", "WORK", "RUNS", *BEFORE]))
def test_what_is_missing_comes_back_from_another_clone_as_told(
    place: Place, mirror: Path, word: str
) -> None:
    tree = place.tree
    remove(object_file(place, revision(place, word)))
    done = place.phc("doctor")
    assert done.code == 1
    line = next(text for text in done.out.splitlines() if "--refetch" in text)
    for words in (["status"], ["show"], ["logs"]):
        no_traceback(place, *words)
    follow(line.partition("; or")[0], place.repo, lambda hint: hint.replace("CLONE", str(mirror)))
    assert place.ok("doctor") == "All is well."
    assert place.tree == tree
    goes_on(place)


@pytest.mark.parametrize("word", some(NOW))
def test_without_another_clone_the_last_whole_state_comes_back_as_told(
    place: Place, word: str
) -> None:
    place.ok("send", place.task, "again", "-q")
    tree = place.tree
    remove(object_file(place, revision(place, word)))
    told = place.phc("doctor").out
    lines = [text for text in told.splitlines() if "update-ref" in text]
    assert len(lines) == 1, told
    follow(lines[0], place.repo, lambda hint: hint.partition("; or ")[2])
    if place.phc("doctor").code:  # the step that was lost was the run's end
        follow(place.phc("doctor").out.partition("; or")[0], place.repo)
    assert place.ok("doctor") == "All is well."
    has_work(tree)
    assert place.tree == tree
    goes_on(place)


@pytest.mark.parametrize(
    ("hurt", "word"),
    [
        pytest.param(hurt, word, marks=[] if (at + of) % 13 == 3 else pytest.mark.faults)
        for of, hurt in enumerate(HURTS)
        for at, word in enumerate([*NOW, "TASK", "WORK", "RUNS", *BEFORE])
    ],
)
def test_no_command_loses_or_breaks_anything_over_a_damaged_object(
    place: Place, hurt: Hurt, word: str
) -> None:
    tree, tip = place.tree, place.git("rev-parse", place.ref)
    hurt(object_file(place, revision(place, word)))
    for words in ALL[:8]:
        no_traceback(place, *words)
    has_work(tree)
    assert place.phc("doctor").code == 1
    for words in ALL[8:]:
        no_traceback(place, *words)
    now = place.git("rev-parse", place.ref)
    known = run_program(["git", "merge-base", "--is-ancestor", tip, now], cwd=place.repo)
    assert now == tip or known.code == 0 or word.startswith("TASK~")
    if place.phc("status", "-q").out.strip() == place.task:
        has_work(tree)


def test_what_a_part_of_a_transcript_was_is_told(place: Place) -> None:
    segment = place.git("ls-tree", "-r", f"refs/phc/runs/{place.task}").split()[2]
    remove(object_file(place, segment))
    said = sentence(place.phc("logs", place.task))
    assert "a part of the transcript is missing" in said
    assert "git phc doctor" in said
    assert place.phc("doctor").code == 1
