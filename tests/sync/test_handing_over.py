"""A task moves between people: handoff, pick, and who may go on with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sync.team import Mate, Team

WORKS = "echo made > made.txt; echo more >> README; printf 'a\\0b' > raw.bin"


@pytest.fixture
def ready(team: Team) -> Team:
    """Both clones have a first commit, from the hub."""
    (team.ada.path / "README").write_text("first\n")
    team.ada.git("add", "README")
    team.ada.git("commit", "-q", "-m", "first")
    team.ada.git("push", "-q", "origin", "HEAD:main")
    team.bob.git("pull", "-q", "origin", "main")
    return team


def started(mate: Mate, *words: str, command: str = WORKS) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        mate("start", "--json", *words, "--", "sh", "-c", command).out
    )
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != ".git"}


@pytest.mark.slow
def test_a_teammate_goes_on_with_the_same_files(ready: Team) -> None:
    made = started(ready.ada)
    place, task = Path(made["worktree"]), made["id"]
    (place / "staged").write_text("s")
    ready.ada.run_git(place, "add", "staged")
    before, status = files(place), ready.ada.run_git(place, "status", "--porcelain")
    said = ready.ada("handoff", task, "--to", "bob@example.com", "-y").out
    assert f"{task[:8]} is handed to bob@example.com" in said
    assert not place.exists()
    assert ready.ada.show(task)["handoff"] == "bob@example.com"
    assert task[:8] in ready.bob("pull").out
    assert f"for bob@example.com (git phc pick {task[:4]})" in ready.bob("status").out
    picked = ready.bob("pick", task).out
    there = Path(ready.bob.show(task)["worktree"])
    assert (f"{task[:8]} is yours" in picked, str(there) in picked) == (True, True)
    assert files(there) == before
    assert ready.bob.run_git(there, "status", "--porcelain") == status
    shown = ready.bob.show(task)
    assert (shown["status"], shown["owner"]["person"]) == ("ready", "Bob <bob@example.com>")
    assert "handoff" not in shown
    assert "has made this a task that runs the command" in ready.bob("resume", task, code=5).err
    assert files(there) == before
    ready.bob("trust", "--actor", "ada@example.com")
    assert ready.bob("resume", task).code == 0
    ready.bob("push")
    ready.ada("pull")
    assert ready.ada.tip(task) == ready.bob.tip(task)
    assert "made.txt" in ready.bob("diff", task, "--name-only").out


@pytest.mark.slow
@pytest.mark.parametrize("word", ["resume", "send"])
def test_a_task_at_rest_elsewhere_is_not_gone_on_with(ready: Team, word: str) -> None:
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    ready.bob("pull")
    more = ("more",) if word == "send" else ()
    refused = ready.bob(word, task, *more, code=1)
    assert "at rest on" in refused.err
    assert f"git phc pick {task[:8]}" in refused.err
    assert f"git phc fork {task[:8]}" in refused.err
    assert ready.bob.tip(task) == ready.ada.tip(task)


@pytest.mark.slow
def test_what_waits_for_a_person_is_not_waited_for(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("handoff", task, "--to", "bob@example.com", "-y")
    ready.bob("pull")
    for mate in (ready.ada, ready.bob):
        for word in ("wait", "attach"):
            told = mate(word, task, code=1)
            assert "is queued" in told.out
            assert "is handed to bob@example.com, and nobody works on it" in told.err
            assert f"git phc pick {task[:8]}" in told.err
    ready.ada("logs", "-f", task)
    never = ready.ada.make()
    assert f"git phc resume {never[:8]}" in ready.ada("wait", never, code=1).err


@pytest.mark.slow
def test_what_was_handed_to_another_is_not_picked(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("handoff", task, "--to", "eve@example.com", "-y")
    ready.bob("pull")
    assert "handed to eve@example.com" in ready.bob("pick", task, code=1).err
    assert "handed to eve@example.com" in ready.ada("resume", task, code=1).err


@pytest.mark.slow
def test_the_giver_takes_back_what_nobody_took(ready: Team) -> None:
    made = started(ready.ada)
    place, task = Path(made["worktree"]), made["id"]
    before = files(place)
    ready.ada("handoff", task, "--to", "bob@example.com", "-y")
    ready.ada("pick", task)
    assert files(place) == before
    assert "handed" not in ready.ada("resume", task).err
    ready.ada("wait", task)
    ready.ada("sync")
    ready.bob("pull")
    assert "at rest on" in ready.bob("resume", task, code=1).err


@pytest.mark.slow
def test_it_comes_back_to_the_path_that_it_left(ready: Team) -> None:
    made = started(ready.ada)
    task = made["id"]
    ready.ada("handoff", task, "--to", "bob@example.com", "-y")
    ready.bob("pull")
    ready.bob("pick", task)
    there = Path(ready.bob.show(task)["worktree"])
    (there / "bobs").write_text("b")
    ready.bob.run_git(there, "add", "made.txt")
    ready.bob.run_git(there, "commit", "-q", "-m", "bob's")
    before = files(there)
    ready.bob("handoff", task, "--to", "ada@example.com", "-y")
    ready.ada("pull")
    ready.ada("pick", task)
    assert ready.ada.show(task)["worktree"] == made["worktree"]
    assert files(Path(made["worktree"])) == before
    assert ready.ada.run_git(Path(made["worktree"]), "log", "-1", "--format=%s") == "bob's"


@pytest.mark.slow
def test_what_is_here_of_it_is_kept_before_it_is_picked(ready: Team) -> None:
    """Bob picks a task that Ada still has a folder of; she takes it back."""
    made = started(ready.ada)
    place, task = Path(made["worktree"]), made["id"]
    ready.ada("push", task)
    ready.bob("pull")
    ready.bob("pick", task)
    (place / "only here").write_text("mine")
    assert "at rest on" in ready.ada("resume", task, code=1).err
    out = ready.ada("pick", task).out
    assert not (place / "only here").exists()
    kept = out.partition("git stash apply ")[2].split()[0]
    assert ready.ada.git("show", f"{kept}^3:only here") == "mine"


@pytest.mark.slow
def test_a_branch_that_went_another_way_is_left_alone(ready: Team) -> None:
    task = started(ready.ada)["id"]
    branch = ready.ada.show(task)["branch"]
    ready.ada("handoff", task, "--to", "bob@example.com", "-y")
    ready.bob("pull")
    ready.bob.git("switch", "-q", "-c", branch)
    ready.bob.git("commit", "-q", "--allow-empty", "-m", "bob's own")
    ready.bob.git("switch", "-q", "-")
    tip = ready.bob.ref(f"refs/heads/{branch}")
    refused = ready.bob("pick", task, code=4)
    assert "has gone another way here" in refused.err
    assert ready.bob.ref(f"refs/heads/{branch}") == tip
    assert ready.bob.show(task)["handoff"] == "bob@example.com"


@pytest.mark.slow
def test_of_two_who_pick_one_has_it(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    ready.bob("pull")
    ready.bob("pick", task)
    claims = ready.bob.show(task)["owner"]
    assert "at rest on" in ready.ada("resume", task, code=1).err
    assert ready.ada.show(task)["owner"] == claims


@pytest.mark.slow
def test_offline_nothing_is_claimed(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    ready.hub.rename(ready.hub.with_name("away"))
    before = ready.ada.tip(task)
    refused = ready.ada("resume", task, code=1)
    assert "cannot be asked" in refused.err
    assert f"git phc fork {task[:8]}" in refused.err
    assert ready.ada.tip(task) == before
    ready.hub.with_name("away").rename(ready.hub)
    assert ready.ada("resume", task).code == 0


@pytest.mark.slow
def test_a_task_moves_into_the_checkout_and_out_again(ready: Team) -> None:
    made = started(ready.ada)
    place, task = Path(made["worktree"]), made["id"]
    before = files(place)
    ready.ada("handoff", task, "--to", "local")
    assert not place.exists()
    assert files(ready.ada.path) == before
    assert ready.ada.git("branch", "--show-current") == made["branch"]
    shown = ready.ada.show(task)
    assert (shown["mode"], shown["worktree"]) == ("local", str(ready.ada.path))
    ready.ada("resume", task)
    ready.ada("handoff", task, "--to", "worktree")
    shown = ready.ada.show(task)
    assert shown["mode"] == "worktree"
    assert files(Path(shown["worktree"])) == files(ready.ada.path)


def test_a_checkout_with_changes_takes_no_task(ready: Team) -> None:
    made = started(ready.ada)
    (ready.ada.path / "mine").write_text("m")
    refused = ready.ada("handoff", made["id"], "--to", "local", code=1)
    assert "has changes of its own" in refused.err
    assert Path(made["worktree"]).exists()
    assert (ready.ada.path / "mine").read_text() == "m"


@pytest.mark.parametrize("to", ["nobody", "clouds", "a@", "a b@c"])
def test_nobody_is_handed_anything(ready: Team, to: str) -> None:
    task = ready.ada.make()
    assert "nobody to hand a task to" in ready.ada("handoff", task, "--to", to, code=2).err


@pytest.mark.slow
def test_a_local_task_is_picked_into_a_worktree_on_its_own_branch(ready: Team) -> None:
    """Its checkpoints were taken on the giver's branch, which the receiver is on, too."""
    ready.ada.git("switch", "-q", "-c", "main", check=False)
    ready.ada.git("switch", "-q", "main", check=False)
    task = started(ready.ada, "-m", "local")["id"]
    ready.ada("handoff", task, "--to", "bob@example.com", "-y")
    ready.bob("pull")
    ready.bob("pick", task)
    shown = ready.bob.show(task)
    there = Path(shown["worktree"])
    assert (shown["mode"], shown["branch"][:4]) == ("worktree", "phc/")
    assert ready.bob.run_git(there, "branch", "--show-current") == shown["branch"]
    assert files(there) == files(ready.ada.path)
    ready.bob("trust", "--actor", "ada@example.com")
    assert ready.bob("resume", task).code == 0


@pytest.mark.slow
def test_a_checkout_that_cannot_be_written_to_leaves_the_task_where_it_was(ready: Team) -> None:
    made = started(ready.ada)
    place = Path(made["worktree"])
    before, branch = files(place), ready.ada.git("branch", "--show-current")
    lock = ready.ada.path / ".git" / "index.lock"
    lock.touch()
    ready.ada("handoff", made["id"], "--to", "local", code=1)
    lock.unlink()
    assert files(place) == before
    assert ready.ada.git("branch", "--show-current") == branch
    assert ready.ada.git("status", "--porcelain") == ""
    shown = ready.ada.show(made["id"])
    assert (shown["mode"], shown["worktree"]) == ("worktree", made["worktree"])
    assert ready.ada("resume", made["id"]).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", ["handoff", "pick"])
def test_a_checkout_of_the_users_own_is_never_taken_for_the_tasks(ready: Team, way: str) -> None:
    """A local task works in a linked worktree that the user has made."""
    mine = ready.ada.path.parent / "mine"
    ready.ada.git("worktree", "add", "-q", "-b", "mine", mine)
    task = started(Mate(mine, ready.ada.phc, ready.ada.run_git), "-m", "local")["id"]
    before = files(mine)
    if way == "handoff":
        ready.ada("handoff", task, "--to", "worktree")
    else:
        ready.ada("push", task, "-y")
        ready.bob("pull")
        ready.bob("pick", task)
        ready.ada("pick", task)
    assert ready.ada.show(task)["worktree"] != str(mine)
    ready.ada("done", task)
    assert files(mine) == before
    assert ready.ada.run_git(mine, "branch", "--show-current") == "mine"
