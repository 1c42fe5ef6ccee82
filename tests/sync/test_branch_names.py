"""A task may name any branch; what somebody else has under that name is not moved for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.team import Team
from tests.sync.test_handing_over import WORKS, ready, started
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

COMMITS = f"{WORKS}; git add -A; git commit -qm theirs"


@pytest.fixture
def on_dev(ready: Team) -> Team:
    """Ada's main is free, and Bob has one that is behind nothing; he is on dev."""
    ready.ada.git("switch", "-q", "-C", "elsewhere")
    ready.bob.git("branch", "-f", "mainline")
    ready.bob.git("switch", "-q", "-C", "dev")
    return ready


@pytest.mark.slow
@pytest.mark.parametrize("command", [COMMITS, "true"])
def test_a_branch_of_that_name_is_neither_moved_nor_taken(on_dev: Team, command: str) -> None:
    """Not even forward, and not where it is at the very same commit."""
    ada, bob = on_dev.ada, on_dev.bob
    task = started(ada, "--branch", "mainline", command=command)["id"]
    ada("handoff", task, "--to", "bob@example.com", "-y")
    bob("pull")
    before, trees = bob.ref("refs/heads/mainline"), bob.git("worktree", "list")
    refused = bob("pick", task, code=4).err
    assert "a branch mainline here that is not this task's" in refused
    assert f"git phc fork {task[:8]}" in refused
    assert (bob.ref("refs/heads/mainline"), bob.git("worktree", "list")) == (before, trees)
    assert bob.show(task)["handoff"] == "bob@example.com"
    bob.git("branch", "-m", "mainline", "mine")
    bob("pick", task)
    assert bob.show(task)["branch"] == "mainline"


@pytest.mark.slow
def test_a_branch_that_is_the_tasks_here_goes_forward(on_dev: Team) -> None:
    ada, bob = on_dev.ada, on_dev.bob
    task = started(ada, "--branch", "feature", command=COMMITS)["id"]
    ada("handoff", task, "--to", "bob@example.com", "-y")
    bob("pull")
    bob("pick", task)
    place = Path(bob.show(task)["worktree"])
    bob.run_git(place, "commit", "-q", "--allow-empty", "-m", "bob's")
    bob("handoff", task, "--to", "ada@example.com", "-y")
    ada("pull")
    ada("pick", task)
    assert ada.ref("refs/heads/feature") == bob.ref("refs/heads/feature")


@pytest.mark.slow
def test_the_folder_that_is_here_stays_where_a_pick_is_refused(ready: Team) -> None:
    ada, bob = ready.ada, ready.bob
    task = started(ada, command=COMMITS)["id"]
    place, branch = Path(ada.show(task)["worktree"]), ada.show(task)["branch"]
    ada("push", task)
    bob("pull")
    bob("pick", task)
    bob("push", task)
    ada("pull")
    (place / "unkept").write_text("mine\n")
    ada.run_git(place, "commit", "-q", "--allow-empty", "-m", "ada's own")
    assert f"the branch {branch} has gone another way here" in ada("pick", task, code=4).err
    assert (place / "unkept").read_text() == "mine\n"


@pytest.mark.slow
def test_a_worker_moves_no_branch_that_was_there(ready: Team) -> None:
    before = ready.run_git(ready.hub, "rev-parse", "main")
    task = queued(ready.ada, "--branch", "main", command=COMMITS)
    assert f"{task[:8]} is ready" in worked(ready.bob).out
    assert ready.run_git(ready.hub, "rev-parse", "main") == before
    found = ready.run_git(ready.hub, "for-each-ref", "--format=%(refname)", "refs/heads/phc")
    assert found.endswith(f"-{task[:8]}")
    ready.ada("sync")
    assert "made.txt" in ready.ada("diff", task, "--name-only").out


@pytest.mark.slow
def test_a_worker_makes_the_branch_that_is_named_and_goes_on_with_it(ready: Team) -> None:
    task = queued(ready.ada, "--branch", "feature", command="git commit -q --allow-empty -m one")
    worked(ready.bob)
    first = ready.run_git(ready.hub, "rev-parse", "feature")
    ready.ada("sync")
    ready.ada("resume", "-d", task)
    worked(ready.bob)
    assert ready.run_git(ready.hub, "rev-parse", "feature~1") == first
