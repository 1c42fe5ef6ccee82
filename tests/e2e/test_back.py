"""`done` and `delete` take a worktree away; `undo` brings all of it back, exactly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.model import decide
from git_phc.model.ids import TaskId
from git_phc.services.context import open_context
from tests.e2e.stage import Snapshot, Stage, snapshot, until

# All kinds of work: staged and changed again, modes, a link, odd names, an empty file.
WORK = r"""
echo changed >> README.md
printf 'staged\n' > staged.txt; git add staged.txt; printf 'and again\n' >> staged.txt
git rm -q --cached kept.txt
mkdir -p deep/er; head -c 70000 /dev/urandom > deep/er/binary
printf '\377\376\n' > "$(printf 'odd \303\244\nname')"
ln -s ../nowhere link; : > empty; printf 'crlf\r\n' > crlf.txt
printf '#!/bin/sh\n' > run.sh; chmod 755 run.sh; git add -N run.sh
"""


def make_work(stage: Stage) -> tuple[str, Path, Snapshot, str]:
    """A ready task with work of all kinds; it, its folder, what is in it, what git says."""
    (stage.repo / "kept.txt").write_text("kept\n")
    stage.git("add", "kept.txt")
    stage.git("commit", "-qm", "more")
    task = stage.start(WORK)
    tree = stage.tree(task)
    return task, tree, snapshot(tree), says(stage, tree)


def says(stage: Stage, tree: Path) -> str:
    """What git says of a checkout: the index and what differs from it."""
    words = (("ls-files", "-s", "-z"), ("status", "--porcelain=v2", "-z", "--branch"))
    return "\n".join(stage.run_git(tree, *word) for word in words)


def check_back(stage: Stage, task: str, tree: Path, before: Snapshot, said: str) -> None:
    assert snapshot(tree) == before
    assert says(stage, tree) == said
    assert stage.status(task) == "ready"
    assert stage.tree(task) == tree


@pytest.mark.slow
@pytest.mark.parametrize(
    "verbs",
    [["done"], pytest.param(["delete"], marks=pytest.mark.slow), ["done", "delete"]],
    ids="-".join,
)
def test_undo_brings_all_of_it_back_also_after_gc(stage: Stage, verbs: list[str]) -> None:
    task, tree, before, said = make_work(stage)
    for verb in verbs:
        stage.ok(verb, task)
        assert not tree.exists()
    until(lambda: not list(tree.parent.glob(".trash-*")))
    stage.git("reflog", "expire", "--expire=now", "--all")
    stage.git("gc", "-q", "--prune=now")
    for _ in verbs:
        stage.ok("undo", task)
    check_back(stage, task, tree, before, said)
    stage.sound()


def test_the_stash_that_done_names_holds_the_work(stage: Stage) -> None:
    task = stage.start("echo staged > a; git add a; echo untracked > b")
    line = next(line for line in stage.ok("done", task).lines if "stash apply" in line)
    stash = line.split()[-1]
    stage.git("stash", "apply", "-q", "--index", stash)
    assert stage.git("status", "--porcelain").splitlines() == ["A  a", "?? b"]


@pytest.mark.slow
def test_the_path_is_taken_meanwhile(stage: Stage) -> None:
    task, tree, before, said = make_work(stage)
    stage.ok("done", task)
    tree.mkdir()
    (tree / "mine").write_text("somebody's\n")
    assert "something else is at" in stage.no(4, "undo", task)
    assert f"{tree}, where this task has its worktree, is none of" in stage.no(4, "resume", task)
    assert (tree / "mine").read_text() == "somebody's\n"
    assert stage.status(task) == "done"
    tree.rename(tree.with_name("moved"))
    stage.ok("undo", task)
    check_back(stage, task, tree, before, said)


@pytest.mark.slow
@pytest.mark.parametrize("locked", [False, True])
def test_somebody_elses_worktree_at_the_path_stays(stage: Stage, locked: bool) -> None:
    task, tree, before, said = make_work(stage)
    stage.ok("done", task)
    stage.git("worktree", "add", "-q", *(["--lock"] if locked else []), "-b", "mine", tree)
    (tree / "mine").write_text("somebody's\n")
    stage.no(4, "undo", task)
    stage.no(4, "resume", task)
    assert (tree / "mine").read_text() == "somebody's\n"
    stage.git("worktree", "remove", "--force", "--force", tree)
    stage.ok("undo", task)
    check_back(stage, task, tree, before, said)


@pytest.mark.slow
def test_the_branch_moved_meanwhile(stage: Stage) -> None:
    task = stage.start("echo one > a; git add a; git commit -qm one; echo two >> a")
    branch, tree = stage.show(task)["branch"], stage.tree(task)
    tip = stage.git("rev-parse", branch)
    stage.ok("done", task)
    assert stage.git("rev-parse", branch) == tip  # it is merged nowhere
    moved = stage.git("commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", "moved")
    stage.git("branch", "-f", branch, moved)
    said = stage.no(4, "undo", task)
    assert "has moved since" in said
    assert stage.git("rev-parse", branch) == moved
    assert not tree.exists()
    stage.git("branch", "-f", branch, tip)
    stage.ok("undo", task)
    assert (tree / "a").read_text() == "one\ntwo\n"


@pytest.mark.slow
def test_the_branch_was_deleted_meanwhile(stage: Stage) -> None:
    task = stage.start("echo one > a; git add a; git commit -qm one; echo two >> a")
    branch, tip = stage.show(task)["branch"], ""
    tip = stage.git("rev-parse", branch)
    stage.ok("done", task)
    stage.git("branch", "-qD", branch)
    stage.git("reflog", "expire", "--expire=now", "--all")
    stage.git("gc", "-q", "--prune=now")
    stage.ok("undo", task)
    assert stage.git("rev-parse", branch) == tip
    assert (stage.tree(task) / "a").read_text() == "one\ntwo\n"


@pytest.mark.slow
def test_done_typed_in_the_folder_that_goes_away(stage: Stage) -> None:
    task = stage.start("echo one > a; git add a; git commit -qm one")
    tree, branch = stage.tree(task), stage.show(task)["branch"]
    done = stage.ok("done", "@", cwd=tree)
    assert "deleted the branch" not in done.out
    assert branch in stage.git("branch", "--format=%(refname:short)").splitlines()
    stage.ok("undo", task)
    assert (tree / "a").read_text() == "one\n"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["nothing", "merged", "detached"])
def test_a_branch_goes_only_when_all_of_it_is_elsewhere(stage: Stage, how: str) -> None:
    task = stage.start("true" if how == "nothing" else "git commit -q --allow-empty -m one")
    branch = stage.show(task)["branch"]
    if how == "merged":
        stage.git("merge", "-q", branch)
    if how == "detached":
        stage.git("checkout", "-q", "--detach", branch)
    stage.ok("done", task)
    left = stage.git("branch", "--format=%(refname:short)").splitlines()
    assert (branch in left) is (how == "detached")
    stage.ok("undo", task)
    assert stage.run_git(stage.tree(task), "branch", "--show-current") == branch


@pytest.mark.slow
@pytest.mark.parametrize("again", ["resume", pytest.param("send", marks=pytest.mark.slow)])
def test_a_finished_task_that_is_run_again_has_its_work(stage: Stage, again: str) -> None:
    task = stage.start("[ -e a ] && cat a > seen; echo uncommitted > a")
    tree = stage.tree(task)
    stage.ok("done", task)
    stage.ok(again, task, *(["cat a > seen"] if again == "send" else []))
    assert stage.status(task) == "ready"
    assert (tree / "seen").read_text() == "uncommitted\n"


@pytest.mark.slow
def test_a_worktree_that_the_user_removed_comes_back(stage: Stage) -> None:
    task = stage.start("echo uncommitted > a")
    tree = stage.tree(task)
    stage.git("worktree", "remove", "--force", tree)
    stage.ok("resume", task)
    assert (tree / "a").read_text() == "uncommitted\n"


def test_work_that_no_checkpoint_can_carry_stops_the_removal(stage: Stage) -> None:
    task = stage.start("echo y > y; git init -q nested; cd nested; echo x > x")
    for words in (["done"], ["delete"], ["archive"], ["rewind", "--to", "0"], ["merge"]):
        verb, *options = words
        assert "no checkpoint can carry: nested" in stage.no(1, verb, task, *options)
    assert (stage.tree(task) / "nested" / "x").exists()
    assert stage.status(task) == "ready"


def test_what_is_not_the_worktree_that_was_made_stays(stage: Stage) -> None:
    task = stage.start("true")
    tree = stage.tree(task)
    other = tree.with_name("other")
    tree.rename(other)  # the administrative folder still names the old place
    tree.symlink_to(other)
    for verb in ("done", "delete"):
        assert "is not the worktree that was made" in stage.no(1, verb, task)
    assert (other / "README.md").exists()
    assert tree.is_symlink()
    assert stage.status(task) == "ready"


@pytest.mark.slow
def test_a_worktree_that_was_moved_is_found(stage: Stage) -> None:
    task = stage.start("echo x > x")
    stage.git("worktree", "move", stage.tree(task), stage.repo.parent / "moved")
    stage.ok("resume", task)
    assert stage.tree(task) == stage.repo.parent / "moved"
    stage.ok("done", task)
    assert not (stage.repo.parent / "moved").exists()
    stage.ok("undo", task)
    assert (stage.repo.parent / "moved" / "x").exists()


@pytest.mark.slow
def test_a_branch_that_is_checked_out_elsewhere_meanwhile(stage: Stage) -> None:
    task = stage.start("git commit -q --allow-empty -m one; echo x > x")
    tree = stage.tree(task)
    stage.ok("done", task)
    stage.git("switch", "-q", stage.show(task)["branch"])
    assert "already checked out" in stage.no(1, "undo", task)
    assert str(tree) not in stage.git("worktree", "list")
    stage.git("switch", "-q", "main")
    stage.ok("undo", task)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["done", pytest.param("delete", marks=pytest.mark.slow)])
def test_what_was_cut_off_after_its_mark_is_finished_by_the_same_word(
    stage: Stage, verb: str
) -> None:
    task = stage.start("echo uncommitted > a")
    tree = stage.tree(task)
    ctx = open_context(stage.repo, os.environ)
    act = {"done": decide.finish, "delete": decide.delete}[verb]
    ctx.tasks.append(TaskId.parse(task), act)  # the mark, and then a kill
    assert tree.exists()
    stage.ok(verb, task)
    assert not tree.exists()
    assert "already" in stage.no(1, verb, task)
    stage.ok("undo", task)
    assert (tree / "a").read_text() == "uncommitted\n"


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["0", "1"])
def test_a_task_with_the_longest_name_that_a_folder_can_have(stage: Stage, pool: str) -> None:
    stage.git("config", "phc.pool", pool)
    task = stage.start("echo made > made", "--branch", "feature/" + "x" * 250)
    tree = stage.tree(task)
    stage.ok("done", task)
    assert not tree.exists()
    stage.ok("undo", task)
    assert (tree / "made").read_text() == "made\n"
