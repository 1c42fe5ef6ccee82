"""What our hooks do at a commit, an amend, a rebase; and that they do nothing where there is
nothing to do.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from git_phc.git.notes import read
from git_phc.git.repo import open_repo
from tests.e2e.stage import Stage
from tests.hooks.conftest import Starts
from tests.kit import run_program

COMMIT = "echo {0} > {0}; git add {0}; git commit -qm 'add {0}'"


def noted(stage: Stage, revision: str, where: Path | None = None) -> list[dict[str, str]]:
    commit = stage.run_git(where or stage.repo, "rev-parse", revision)
    note = read(open_repo(stage.repo), [commit]).get(commit, b"")
    return [json.loads(line) for line in note.splitlines()]


def commit(stage: Stage, where: Path, name: str = "x", *words: str) -> None:
    (where / name).write_text(name)
    stage.run_git(where, "add", name)
    done = run_program(["git", "commit", "-qm", f"add {name}", *words], cwd=where)
    assert done.code == 0, done
    assert (done.out, done.err) == ("", "")  # nothing is said when all is well


def test_where_no_task_is_the_shell_decides(stage: Stage, starts: Starts) -> None:
    stage.start("true", "-m", "local")
    stage.git("worktree", "add", "-q", "../mine")
    starts()
    for where in (stage.repo, stage.repo.parent / "mine"):
        commit(stage, where)
        stage.run_git(where, "commit", "-q", "--amend", "-m", "anew")
        stage.run_git(where, "push", "-q", "../repo", f"HEAD:refs/heads/{where.name}-pushed")
        assert stage.run_git(where, "log", "-1", "--format=%B").strip() == "anew"
    assert starts() == []
    assert "refs/notes/phc" not in stage.refs()


def test_an_agents_commits_have_trailer_and_note_at_once(stage: Stage, starts: Starts) -> None:
    look = "git log --notes=phc -1 --format='%(trailers:key=Phc-Task,valueonly)%N' > ../seen"
    task = stage.start(f"{COMMIT.format('a')}; {look}; echo; git log -1 --format=%B")
    shown = stage.show(task)
    line = {"agent": "command", "run": shown["run"]["id"], "task": task}
    seen = (stage.tree(task).parent / "seen").read_text().split()
    assert seen == [task, json.dumps(line, sort_keys=True, separators=(",", ":"))]
    assert noted(stage, shown["branch"]) == [line]  # the end of the turn adds no second one
    assert stage.said(task) == f"\nadd a\n\nPhc-Task: {task}\n\n"
    assert [words.split()[1] for words in starts()] == ["prepare-commit-msg", "post-commit"]


@pytest.mark.slow
def test_in_a_tasks_worktree_my_own_commits_are_the_tasks(stage: Stage) -> None:
    task = stage.start("true")
    tree = stage.tree(task)
    commit(stage, tree)
    assert noted(stage, "HEAD", tree) == [{"task": task}]
    stage.run_git(tree, "commit", "-q", "--amend", "-m", f"other\n\nPhc-Task: {task}")
    assert noted(stage, "HEAD", tree) == [{"task": task}]
    assert stage.run_git(tree, "log", "-1", "--format=%B") == f"other\n\nPhc-Task: {task}\n"


def test_an_empty_message_still_means_no_commit(stage: Stage) -> None:
    tree = stage.tree(stage.start("true"))
    done = run_program(["git", "commit", "--allow-empty"], cwd=tree, env={"GIT_EDITOR": "true"})
    assert done.code == 1
    assert "empty commit message" in done.err


@pytest.mark.slow
def test_notes_follow_where_commits_are_rewritten(stage: Stage) -> None:
    task = stage.start(f"{COMMIT.format('a')}; {COMMIT.format('b')}; {COMMIT.format('c')}")
    branch = stage.show(task)["branch"]
    line = noted(stage, branch)
    stage.ok("done", task)  # the commits are in a checkout of mine from now on
    stage.git("switch", "-q", branch)
    stage.git("commit", "-q", "--amend", "-m", "c anew")
    assert noted(stage, "HEAD") == line
    commit(stage, stage.repo, "mine")
    env = {"GIT_SEQUENCE_EDITOR": "sed -i -e 2s/pick/squash/ -e 1s/pick/reword/"}
    stage.git("rebase", "-q", "-i", "HEAD~4", env={**env, "GIT_EDITOR": "true"})
    assert stage.git("rev-list", "--count", "main..HEAD") == "3"
    assert [noted(stage, f"HEAD~{n}") for n in range(3)] == [[], line, line]


@pytest.mark.slow
def test_a_rebase_takes_nobody_elses_commits_for_the_tasks(stage: Stage) -> None:
    tree = stage.tree(stage.start("true"))
    stage.run_git(stage.repo, "switch", "-q", "-c", "theirs")
    commit(stage, stage.repo, "t1")
    stage.run_git(tree, "reset", "-q", "--hard", "theirs")
    stage.run_git(tree, "rebase", "-q", "--force-rebase", "main")
    assert stage.run_git(tree, "rev-parse", "HEAD~1") == stage.git("rev-parse", "main")
    assert "Phc-Task" not in stage.run_git(tree, "log", "-1", "--format=%B")
    assert noted(stage, "HEAD", tree) == []


@pytest.mark.slow
def test_without_the_program_git_is_as_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = stage.tree(stage.start("true"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    commit(stage, tree)
    assert stage.run_git(tree, "log", "-1", "--format=%B") == "add x\n"


@pytest.mark.slow
def test_what_goes_wrong_is_told_and_fails_no_commit(stage: Stage) -> None:
    tree = stage.tree(stage.start("true"))
    blob = stage.git("hash-object", "-w", "--stdin", input="no notes")
    stage.git("update-ref", "refs/notes/phc", blob)
    done = run_program(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=tree)
    assert done.code == 0
    assert done.err.startswith("git phc: post-commit: ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.slow
def test_an_agents_commit_in_another_repository_is_not_the_tasks(stage: Stage) -> None:
    other = stage.repo.parent / "other"
    stage.git("init", "-q", other)
    stage.ok("hooks", "install", cwd=other)
    stage.start(f"cd {other} && {COMMIT.format('a')}")
    assert stage.run_git(other, "log", "-1", "--format=%B") == "add a\n"
    assert stage.run_git(other, "for-each-ref", "refs/notes") == ""


def test_the_path_of_a_hook_loads_neither_click_nor_plugins(stage: Stage) -> None:
    import sys

    tree = stage.tree(stage.start("true"))
    entry = (
        "import sys; sys.argv = ['git-phc', 'hook', 'post-commit']\n"
        "from git_phc.__main__ import main\n"
        "try: main()\nexcept SystemExit: print(*sorted(sys.modules))"
    )
    done = run_program([sys.executable, "-c", entry], cwd=tree)
    assert (done.code, done.err) == (0, "")
    assert noted(stage, "HEAD", tree)  # it did its work
    loaded = {name.partition(".")[0] for name in done.out.split()}
    assert loaded.isdisjoint({"click", "pluggy", "dulwich", "asyncio", "psutil", "platformdirs"})


@pytest.mark.races
def test_notes_of_commits_that_are_amended_at_once_are_all_kept(stage: Stage) -> None:
    """Which git's own `notes.rewriteRef` does not do."""
    task = stage.start("true")
    trees = [stage.repo.parent / f"tree{n}" for n in range(5)]
    for tree in trees:
        stage.git("worktree", "add", "-q", "--detach", tree)
        env = {"PHC_TASK": task}
        stage.run_git(tree, "commit", "-q", "--allow-empty", "-m", "x", env=env)
    amend = "for n in 1 2 3 4 5; do git commit -q --amend --allow-empty -m $n || exit 1; done"
    running = [
        subprocess.Popen(["sh", "-c", amend], cwd=tree, stderr=subprocess.PIPE) for tree in trees
    ]
    assert [process.communicate()[1] for process in running] == [b""] * 5
    for tree in trees:
        assert noted(stage, "HEAD", tree) == [{"task": task}]
        assert stage.run_git(tree, "log", "-1", "--format=%s") == "5"
