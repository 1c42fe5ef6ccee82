"""What worktree mode and local mode touch, and what they leave alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, snapshot, until


def main_state(repo: Path) -> list[object]:
    """The main checkout, with what git keeps of it, to the nanosecond."""
    index, exclude = repo / ".git/index", repo / ".git/info/exclude"
    return [
        snapshot(repo),
        [(f.read_bytes(), f.stat().st_mtime_ns, f.stat().st_ino) for f in (index, exclude)],
        (repo / ".git/HEAD").read_bytes(),
        (repo / ".git/config").read_bytes(),
        repo.stat().st_mtime_ns,
    ]


@pytest.mark.slow
def test_worktree_mode_never_touches_the_main_checkout(stage: Stage) -> None:
    (stage.repo / "README.md").write_text("changed by the user\n")
    (stage.repo / "staged").write_text("staged\n")
    stage.git("add", "staged")
    (stage.repo / "untracked").write_text("untracked\n")
    before = main_state(stage.repo)
    task = stage.start("echo x > README.md; echo y > new; git add new; git commit -qm new")
    for words in (
        ["send", task, "echo z >> new"], ["diff", task], ["status"], ["logs", task],
        ["edit", task, "--title", "other"], ["done", task], ["undo", task], ["delete", task],
        ["undo", task], ["resume", task], ["doctor"],
    ):  # fmt: skip
        stage.ok(*words)
        assert main_state(stage.repo) == before, words


def test_the_new_worktree_is_on_a_branch_at_its_stable_path(stage: Stage) -> None:
    task = stage.start("true", "--title", "Fix: the ‘Login’ page!")
    shown = stage.show(task)
    name = f"fix-the-login-page-{shown['short']}"
    assert shown["branch"] == f"phc/{name}"
    assert Path(shown["worktree"]) == stage.repo.parent / "repo.phc" / name
    assert stage.run_git(stage.tree(task), "symbolic-ref", "HEAD") == f"refs/heads/phc/{name}"
    stage.ok("done", task)
    stage.ok("undo", task)
    assert stage.show(task)["worktree"] == shown["worktree"]


def test_worktrees_go_where_the_user_wants_them(stage: Stage) -> None:
    stage.git("config", "phc.worktreeDir", "../else where")
    sub = stage.repo / "sub"
    sub.mkdir()
    task = stage.start("true", cwd=sub)
    assert stage.tree(task).parent == stage.repo.parent / "else where"
    stage.ok("done", task)
    stage.ok("undo", task)


@pytest.mark.slow
def test_a_second_task_in_one_checkout_is_refused_by_name(stage: Stage) -> None:
    task = stage.start("sleep 30", "-m", "local", "-d")
    until(lambda: stage.status(task) == "running")
    before = stage.refs()
    said = stage.no(1, "start", "x", "-m", "local", "--", "true", cwd=stage.repo)
    assert f"the task {task[:8]} runs in this checkout" in said
    assert stage.refs() == before
    other = stage.start("true")  # a worktree is another checkout
    assert stage.status(other) == "ready"
    stage.ok("stop", task)
    third = stage.start("sleep 30", "-m", "local", "-d")
    assert f"the task {third[:8]} runs" in stage.no(1, "resume", task)
    assert stage.status(task) == "cancelled"
    assert f"the task {third[:8]} runs" in stage.no(1, "send", task, "more")
    assert stage.status(task) == "cancelled"
    stage.ok("stop", third)
    until(lambda: not (stage.repo / ".git/phc-busy").exists())


@pytest.mark.slow
def test_a_refused_local_task_does_not_switch_the_branch(stage: Stage) -> None:
    stage.git("branch", "other")
    first = stage.start("true", "-m", "local", "--branch", "other")
    stage.git("switch", "-q", "main")
    second = stage.start("sleep 30", "-m", "local", "-d")
    stage.no(1, "resume", first)
    assert stage.git("branch", "--show-current") == "main"
    stage.ok("stop", second)


def test_local_mode_switches_to_a_branch(stage: Stage) -> None:
    stage.start("git branch --show-current > where", "-m", "local", "--branch", "new")
    assert (stage.repo / "where").read_text() == "new\n"


@pytest.mark.parametrize("kind", ["changed", "untracked", "ignored", "detached"])
def test_local_mode_switches_only_when_nothing_is_lost(stage: Stage, kind: str) -> None:
    stage.git("switch", "-qc", "other")
    (stage.repo / "README.md").write_text("the other's\n")
    (stage.repo / "file").write_text("the other's\n")
    stage.git("add", "-f", ".")
    stage.git("commit", "-qm", "other")
    stage.git("switch", "-q", "main")
    (stage.repo / ".git/info/exclude").write_text("file\n" if kind == "ignored" else "")
    if kind == "changed":
        (stage.repo / "README.md").write_text("the user's\n")
    if kind in ("untracked", "ignored"):
        (stage.repo / "file").write_text("the user's\n")
    if kind == "detached":
        stage.git("switch", "-q", "--detach")
        stage.git("commit", "-q", "--allow-empty", "-m", "on no branch")
    before, head = main_state(stage.repo), stage.git("rev-parse", "HEAD")
    said = stage.no(1, "start", "x", "-m", "local", "--branch", "other", "--", "true")
    assert "cannot switch to other" in said
    assert stage.git("rev-parse", "HEAD") == head
    assert main_state(stage.repo)[:3] == before[:3]


@pytest.mark.slow
def test_local_diff_counts_only_what_the_agent_did(stage: Stage) -> None:
    (stage.repo / "README.md").write_text("# A repository\nthe user's\n")
    (stage.repo / "mine").write_text("the user's\n")
    task = stage.start("echo theirs >> README.md; echo theirs > new", "-m", "local")
    assert (
        stage.show(task)["changes"] | {"files": 2, "added": 2, "removed": 0}
        == (stage.show(task)["changes"])
    )
    (stage.repo / "later").write_text("the user's again\n")
    for _ in range(2):
        added = [line for line in stage.ok("diff", task).lines if line.startswith("+")]
        assert [line for line in added if not line.startswith("+++")] == ["+theirs", "+theirs"]
        assert json.loads(stage.ok("show", "--json", task).out)["changes"]["added"] == 2
        if stage.status(task) != "done":
            stage.ok("done", task)


@pytest.mark.parametrize("verb", ["done", pytest.param("delete", marks=pytest.mark.slow)])
def test_the_end_of_a_local_task_leaves_the_checkout(stage: Stage, verb: str) -> None:
    task = stage.start("echo x > new; git add new; echo y >> new", "-m", "local")
    before = main_state(stage.repo)
    stage.ok(verb, task)
    assert main_state(stage.repo) == before
    stage.ok("undo", task)
    assert main_state(stage.repo) == before
    assert stage.status(task) == "ready"


@pytest.mark.slow
def test_a_local_task_in_another_tasks_worktree_leaves_it_its_place(stage: Stage) -> None:
    first = stage.start("true")
    tree = stage.tree(first)
    second = stage.start("echo x > x", "-m", "local", cwd=tree)
    assert stage.status(second) == "ready"
    assert (tree / "x").exists()
    assert stage.tree(first) == tree
    stage.ok("done", first)
    assert not tree.exists()
