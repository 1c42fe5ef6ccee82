"""Tasks and the branches they begin from: shared, in use elsewhere, or gone."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.stage import Stage, snapshot


def forget(stage: Stage) -> None:
    """Lets git drop whatever no ref holds any more."""
    stage.git("reflog", "expire", "--expire=now", "--all")
    stage.git("gc", "-q", "--prune=now")


def feature(stage: Stage) -> str:
    """A branch of one commit beside the one that is checked out; the commit."""
    stage.git("switch", "-qc", "feature")
    (stage.repo / "feature").write_text("feature\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "feature")
    stage.git("switch", "-q", "main")
    return stage.git("rev-parse", "feature")


@pytest.mark.slow
def test_two_tasks_from_one_branch(stage: Stage) -> None:
    base = feature(stage)
    one, two = (stage.start(f"echo {name} >> feature", "-b", "feature") for name in "ab")
    assert [stage.show(task)["base"] for task in (one, two)] == [base, base]
    assert stage.show(one)["branch"] != stage.show(two)["branch"]
    assert (stage.tree(one) / "feature").read_text() == "feature\na\n"
    assert (stage.tree(two) / "feature").read_text() == "feature\nb\n"
    assert stage.git("rev-parse", "feature") == base


@pytest.mark.slow
def test_two_tasks_on_one_branch(stage: Stage) -> None:
    first = stage.start("true", "--branch", "shared")
    said = stage.no(1, "start", "x", "--branch", "shared", "--", "true")
    assert f"the branch shared is checked out in {stage.tree(first)}" in said
    stage.ok("done", first)  # the branch stays, since its user has named it
    second = stage.start("true", "--branch", "shared")
    said = stage.no(4, "undo", first)
    assert f"something else is at {stage.tree(second)}" in said
    assert stage.status(first) == "done"
    stage.ok("done", second)
    stage.ok("undo", first)


@pytest.mark.slow
def test_a_branch_that_the_user_has_checked_out_meanwhile(stage: Stage) -> None:
    task = stage.start("echo x > x")
    shutil.rmtree(stage.tree(task))
    stage.git("worktree", "prune")
    stage.git("switch", "-q", stage.show(task)["branch"])
    assert "already checked out" in stage.no(1, "resume", task)
    stage.git("switch", "-q", "main")
    stage.ok("resume", task)
    assert (stage.tree(task) / "x").exists()


@pytest.mark.parametrize("verb", ["done", pytest.param("archive", marks=pytest.mark.slow)])
def test_a_base_that_was_deleted_while_the_task_was_put_away(stage: Stage, verb: str) -> None:
    base = feature(stage)
    task = stage.start("echo more >> feature", "-b", "feature")
    tree = stage.tree(task)
    files = snapshot(tree)
    stage.ok(verb, task)
    stage.git("branch", "-qD", "feature")
    forget(stage)
    stage.ok("undo" if verb == "done" else "unarchive", task)
    assert snapshot(tree) == files
    assert stage.run_git(tree, "rev-parse", "HEAD") == base
    assert "+more" in stage.ok("diff", task).out
    stage.sound()


@pytest.mark.slow
def test_a_base_that_was_deleted_between_two_runs(stage: Stage) -> None:
    base = feature(stage)
    task = stage.start("echo more >> feature; git commit -qam more", "-b", "feature")
    stage.git("branch", "-qD", "feature")
    forget(stage)
    stage.ok("send", task, "echo again >> feature")
    assert stage.show(task)["base"] == base
    assert "+again" in stage.ok("diff", task).out


@pytest.mark.slow
def test_a_base_that_is_deleted_before_the_folder_is_made_again(stage: Stage) -> None:
    feature(stage)
    task = stage.start("echo more >> feature", "-b", "feature")
    branch = stage.show(task)["branch"]
    shutil.rmtree(stage.tree(task))
    stage.git("worktree", "prune")
    stage.git("branch", "-qD", "feature", branch)
    forget(stage)
    stage.ok("resume", task)
    assert (stage.tree(task) / "feature").read_text() == "feature\nmore\nmore\n"
