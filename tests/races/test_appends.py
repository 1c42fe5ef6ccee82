"""Appends at the same time, and git's housekeeping among them: nothing is lost."""

from __future__ import annotations

import pytest

from tests.git.racing import housekeeping
from tests.kit import MakeRepo, chance
from tests.races.crowd import make_tasks, sound, write, written

pytestmark = pytest.mark.races

CHORES = {
    "gc": ["gc", "--quiet"],
    "gc --prune=now": ["gc", "--quiet", "--prune=now"],
    "pack-refs": ["pack-refs", "--all", "--prune"],
    "repack": ["repack", "-a", "-d", "-q"],
    "worktree prune": ["worktree", "prune"],
}


def race(make_repo: MakeRepo, chores: list[str], *, tasks: int, writers: int, appends: int) -> None:
    repo, made = make_tasks(make_repo, tasks)
    seeded = chance()
    with housekeeping(repo, *(CHORES[chore] for chore in chores)) as codes:
        told = write(repo, made, seeded, writers=writers, appends=appends)
    assert codes
    assert told.total() == writers * appends
    assert written(repo, made) == told
    sound(repo)


@pytest.mark.parametrize("chores", [[chore] for chore in CHORES], ids=list(CHORES))
def test_an_append_is_not_lost_to_a_chore_of_git(make_repo: MakeRepo, chores: list[str]) -> None:
    race(make_repo, chores, tasks=2, writers=2, appends=4)


@pytest.mark.parametrize("tasks", [1, 20])
def test_writers_of_one_task_and_of_many_lose_nothing(make_repo: MakeRepo, tasks: int) -> None:
    race(make_repo, ["pack-refs"], tasks=tasks, writers=4, appends=4)


@pytest.mark.races
@pytest.mark.parametrize("tasks", [1, 20])
@pytest.mark.parametrize("chores", [[*CHORES], ["gc --prune=now"]], ids=["all", "prune"])
def test_thousands_of_appends_lose_nothing(
    make_repo: MakeRepo, chores: list[str], tasks: int
) -> None:
    race(make_repo, chores, tasks=tasks, writers=6, appends=60)
