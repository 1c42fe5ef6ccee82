"""What moves between people, killed at its turning points: what is handed over, and picked.

A turning point is one that another command could see, here or there: a ref moves, in either
repository, or a folder comes or goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kill.checks import holds_all, only_task, with_a_task
from tests.kill.test_landing import turning
from tests.kill.walk import Place, Step, copy_of, walk
from tests.kit import MakeRepo, Phc, RunGit

OWN = (".remember", ".clone_id", ".without_checkout", ".tear_down")  # nobody else's to see
PARTS = 2  # tests that share one command's steps, so that they can run side by side
Check = Callable[[Place, Step], None]
BOB = "bob@example.com"
HANDOFF = ["handoff", "--to", BOB, "-y"]
TO_CLOUD = ["handoff", "--to", "cloud", "-y"]


@pytest.fixture
def ada(make_repo: MakeRepo, phc: Phc, git: RunGit, tmp_path: Path) -> Place:
    """A task at rest with all kinds of work, a hub, and the clone of a mate."""
    hub = make_repo("at-rest/hub.git", bare=True)
    for name in ("repo", "bob"):
        git(tmp_path, "clone", "-q", hub, hub.with_name(name))
    bob = Place(hub.with_name("bob"), phc)
    bob.git("config", "user.email", BOB)
    return with_a_task(Place(hub.with_name("repo"), phc))


def mate(place: Place) -> Place:
    return Place(place.repo.with_name("bob"), place.here)


def copied(place: Place, folder: Path) -> Place:
    """All three of them in another folder."""
    made = copy_of(place, folder)
    for name in ("repo", "bob"):
        Place(folder / name, place.here).git("remote", "set-url", "origin", f"{folder}/hub.git")
    return made


def whole(place: Place) -> None:
    """What must hold everywhere."""
    for name in ("repo", "bob", "hub.git"):
        Place(place.repo.with_name(name), place.here).git("fsck", "--strict", "--no-dangling")
    place.ok("status", "--all")


def shown(place: Place) -> dict[str, object]:
    found: dict[str, object] = json.loads(place.ok("show", "--json", only_task(place)))
    return found


def after_handoff(place: Place, _: Step) -> None:
    whole(place)
    if "handoff" not in shown(place):
        holds_all(place)
    place.ok(*HANDOFF, only_task(place))
    assert shown(place)["handoff"] == BOB
    assert "worktree" not in shown(place)
    bob = mate(place)
    bob.ok("pull")
    bob.ok("pick", only_task(bob))
    holds_all(bob)
    whole(bob)


def after_to_cloud(place: Place, _: Step) -> None:
    whole(place)
    task = only_task(place)
    done = place.phc(*TO_CLOUD, task)  # finishes it, or has nothing to finish
    assert done.code == 0 or "this task is a cloud task already; it is queued" in done.err, done
    assert (shown(place)["mode"], shown(place)["status"]) == ("cloud", "queued")
    assert "refs/heads/phc/" not in place.git("worktree", "list", "--porcelain")
    place.ok("handoff", "--to", "worktree", "-y", task)
    holds_all(place)
    whole(place)


def after_pick(place: Place, _: Step) -> None:
    whole(place)
    now = shown(place)
    if now["status"] != "ready" or "worktree" not in now:
        place.ok("pick", only_task(place))
    holds_all(place)
    place.ok("trust", "--actor", "ada@example.com")
    assert place.ok("resume", "-q", only_task(place))
    whole(place)


def handed(place: Place) -> Place:
    """The mate's clone, which has heard that the task is his."""
    place.ok(*HANDOFF, only_task(place))
    mate(place).ok("pull")
    return mate(place)


CASES: dict[str, tuple[list[str], Callable[[Place], Place], Check]] = {
    "handoff": (HANDOFF, lambda place: place, after_handoff),
    "handoff to the cloud": (TO_CLOUD, lambda place: place, after_to_cloud),
    "pick": (["pick"], handed, after_pick),
}


@pytest.mark.walk
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("case", CASES)
def test_a_kill_between_two_clones(case: str, part: int, ada: Place, tmp_path: Path) -> None:
    words, before, check = CASES[case]
    before(ada)

    def make(name: str) -> Place:
        made = copied(ada, tmp_path / name)
        return mate(made) if case == "pick" else made

    def steps(found: list[Step]) -> list[Step]:
        seen = [step for step in turning(found) if not any(word in str(step) for word in OWN)]
        return seen[part::PARTS]

    assert walk(make, lambda at: [*words, only_task(at)], check, steps, tmp_path / "log") > 3
