"""A push of a branch takes its shared tasks along, where that is asked for."""

from __future__ import annotations

import pytest

from tests.e2e.stage import Stage
from tests.hooks.conftest import Starts
from tests.kit import run_program


@pytest.mark.slow
@pytest.mark.parametrize("asked", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_shared_tasks_of_the_branch_go_along(asked: bool, stage: Stage, starts: Starts) -> None:
    hub = stage.repo.parent / "hub.git"
    stage.git("clone", "-q", "--bare", ".", hub)
    stage.git("remote", "add", "origin", hub)
    shared = stage.start("echo a > a; git add a; git commit -qm a")
    own, other = stage.start("true"), stage.start("true")
    stage.ok("push", shared, other)
    for task in (shared, own, other):
        stage.ok("edit", task, "--title", "Renamed")
    stage.git("config", "phc.pushAlong", str(asked).lower())
    starts()
    done = run_program(
        ["git", "push", "-q", "origin", stage.show(shared)["branch"]], cwd=stage.repo
    )
    assert (done.code, done.err) == (0, "")
    assert bool(starts()) == asked
    there = stage.run_git(hub, "for-each-ref", "--format=%(refname) %(objectname)")
    assert (
        f"tasks/{shared} {stage.git('rev-parse', f'refs/phc/tasks/{shared}')}" in there
    ) == asked
    assert own not in there
    assert f"tasks/{other} {stage.git('rev-parse', f'refs/phc/tasks/{other}')}" not in there


@pytest.mark.slow
def test_what_goes_wrong_with_them_fails_no_push(stage: Stage) -> None:
    hub = stage.repo.parent / "hub.git"
    stage.git("clone", "-q", "--bare", ".", hub)
    stage.git("remote", "add", "origin", hub)
    task = stage.start("true")
    stage.ok("push", task)
    stage.ok("edit", task, "--title", "Renamed")
    stage.git("config", "phc.pushAlong", "true")
    hook = hub / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ncase $1 in refs/phc/*) exit 1 ;; esac\n")
    hook.chmod(0o755)
    branch = stage.show(task)["branch"]
    done = run_program(["git", "push", "-q", "origin", branch], cwd=stage.repo)
    assert done.code == 0
    assert done.err.startswith(f"git phc: pre-push: {task[:8]} was not sent: ")
    assert branch in stage.run_git(hub, "branch")
