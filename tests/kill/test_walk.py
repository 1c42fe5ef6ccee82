"""Every command, killed at each of its steps: the old state or the new one, and a way on."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.stage import until
from tests.kill.checks import WRITE, holds_all, only_task, settle, sound, status, tree, with_a_task
from tests.kill.walk import Place, Step, at_rest, copy_of, walk
from tests.kit import MakeRepo, Phc, run_program

SAMPLE = 1  # step of each command in the plain test run; all of them in the marked one
# Tests that share one command's steps, so that they can run side by side; each learns them first.
PARTS = {"start": 4, "send": 4, "resume": 4, "done": 2, "delete": 2}

Check = Callable[[Place, Step], None]
Choose = Callable[[list[Step]], list[Step]]
Walker = Callable[[str, Choose], int]


@pytest.fixture
def empty(make_repo: MakeRepo, phc: Phc) -> Place:
    return Place(make_repo("empty/repo"), phc)


@pytest.fixture
def tasks(make_repo: MakeRepo, phc: Phc) -> Place:
    """A repository with one task that is ready, with all kinds of work in its worktree."""
    return with_a_task(Place(make_repo("at-rest/repo"), phc))


def after_start(place: Place, _: Step) -> None:
    sound(place)
    if not status(place):
        place.ok("start", "again", *WRITE)
    settle(place)
    assert "more\n" in (tree(place) / "made.txt").read_text()
    assert "said" in place.ok("logs", only_task(place))


def after_send(place: Place, _: Step) -> None:
    sound(place)
    settle(place)
    messages = json.loads(place.ok("show", "--json", only_task(place)))["messages"]
    if len(messages) == 1:
        place.ok("send", only_task(place), "second")
    assert len((tree(place) / "made.txt").read_text().splitlines()) >= 2
    holds_all(place)


def after_resume(place: Place, _: Step) -> None:
    sound(place)
    settle(place)
    holds_all(place)


def after_done(place: Place, _: Step) -> None:
    sound(place)
    if status(place) != "done":
        assert status(place) == "ready"
        holds_all(place)
        place.ok("done", only_task(place))
    until(lambda: _is_collected(place))
    place.ok("undo", only_task(place))
    assert status(place) == "ready"
    holds_all(place)


def _is_collected(place: Place) -> bool:
    """`git gc` fails where the administration of a worktree is renamed under it, by the washing
    of one that was put away; it is asked again then, as a user would.
    """
    words = ["git", "gc", "--quiet", "--prune=now"]
    return run_program(words, cwd=place.repo).code == 0


def after_release(place: Place, step: Step) -> None:
    """Whatever was cut off on the way into the pool: no work is lost, the next task is clean."""
    after_done(place, step)
    if any(room in step.name for room in (".pool.", ".reuse.", ".trash.")):
        starts_clean(place)


def starts_clean(place: Place) -> None:
    """Whether the next task begins with tracked files and nothing else, and nothing is left."""
    next_one = place.ok("start", "-q", "next", "--", "true").strip()
    folder = Path(place.ok("path", next_one).rstrip("\n"))
    assert place.git("-C", str(folder), "status", "--porcelain", "--ignored") == ""
    assert sorted(path.name for path in folder.iterdir()) == [".git", "README.md"]
    place.ok("gc")
    at_rest(place)
    beside = folder.parent
    slots = place.git("worktree", "list").count(".pool-")
    assert len(list(beside.glob(".pool-*"))) == slots
    assert list(beside.glob(".trash-*")) == []
    sound(place)


def after_reuse(place: Place, step: Step) -> None:
    """Whatever was cut off on the way from the pool to a task."""
    sound(place)
    tasks = json.loads(place.ok("status", "--json"))["tasks"]
    for task in tasks:
        place.phc("wait", task["id"])
    for task in json.loads(place.ok("status", "--json"))["tasks"]:
        if task["status"] in ("interrupted", "failed"):
            place.ok("resume", task["id"])
        folder = Path(place.ok("path", task["id"]).rstrip("\n"))
        assert sorted(path.name for path in folder.iterdir()) == [".git", "README.md", "made.txt"]
    starts_clean(place)


def after_delete(place: Place, _: Step) -> None:
    sound(place)
    if place.ok("status", "-q", "--all").strip():
        holds_all(place)
        place.ok("delete", only_task(place))
    place.ok("undo")
    assert status(place) == "ready"
    holds_all(place)


def after_undo(place: Place, _: Step) -> None:
    sound(place)
    if status(place) == "done":
        place.ok("undo", only_task(place))
    assert status(place) == "ready"
    holds_all(place)


def after_stop(place: Place, _: Step) -> None:
    sound(place)
    if status(place) != "cancelled":
        place.phc("stop", only_task(place))
    assert status(place) == "cancelled"
    place.ok("edit", only_task(place), "--label", "still-here")


def a_few(steps: list[Step]) -> list[Step]:
    """Some steps, which the printed seed chooses."""
    seed = int(os.environ.get("PHC_SEED", "0")) or random.randrange(1, 1 << 30)
    sys.stdout.write(f"PHC_SEED={seed}\n")
    return random.Random(seed).sample(steps, min(SAMPLE, len(steps)))


CASES: dict[str, tuple[list[str], Check]] = {
    "start": (["start", "first", *WRITE], after_start),
    "send": (["send", "TASK", "second"], after_send),
    "resume": (["resume", "TASK"], after_resume),
    "stop": (["stop", "TASK"], after_stop),
    "done": (["done", "TASK"], after_release),
    "delete": (["delete", "TASK"], after_delete),
    "undo": (["undo", "TASK"], after_undo),
    "warm": (["start", "first", *WRITE], after_reuse),
}
# Of a start from the pool only what is its own; the rest is walked in `start`.
ONLY = {"warm": (".pool.", ".reuse.")}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if case in ("start", "done") else pytest.mark.faults)
        for case in CASES
    ],
)
def test_a_kill_at_a_few_steps(case: str, walker: Walker) -> None:
    assert walker(case, a_few) == SAMPLE


@pytest.mark.walk
@pytest.mark.parametrize(
    ("case", "part"), [(case, part) for case in CASES for part in range(PARTS.get(case, 1))]
)
def test_a_kill_at_every_step(case: str, part: int, walker: Walker) -> None:
    assert walker(case, lambda steps: steps[part :: PARTS.get(case, 1)]) >= 1


@pytest.fixture
def walker(empty: Place, tasks: Place, tmp_path: Path) -> Walker:
    def walked(case: str, choose: Choose) -> int:
        argv, check = CASES[case]
        if case in ("undo", "warm"):
            tasks.ok("done", only_task(tasks))
        if case == "warm":
            at_rest(tasks)
        origin = empty if case == "start" else tasks

        def make(name: str) -> Place:
            return prepared(case, copy_of(origin, tmp_path / name))

        def chosen(steps: list[Step]) -> list[Step]:
            rooms = ONLY.get(case, ("",))
            return choose([step for step in steps if any(room in step.name for room in rooms)])

        return walk(make, lambda place: words(case, argv, place), check, chosen, tmp_path / "log")

    return walked


def prepared(case: str, place: Place) -> Place:
    """What must be going on when the command that is walked comes."""
    if case == "stop":
        place.ok("delete", only_task(place))
        place.ok("start", "-d", "long", "--", "sleep", "100")
    return place


def words(case: str, argv: list[str], place: Place) -> list[str]:
    """The command's words, with the task's id where TASK stands."""
    return (
        argv
        if case in ("start", "warm")
        else [only_task(place) if w == "TASK" else w for w in argv]
    )
