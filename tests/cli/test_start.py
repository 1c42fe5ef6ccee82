from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.told import told
from tests.kit import Phc, RunGit

WRITE = ("--", "sh", "-c", "echo hello > hello.txt; echo said")


def test_it_makes_a_task_and_waits_for_it(repo: Path, phc: Phc, git: RunGit) -> None:
    started = phc("start", "Say hello", *WRITE, cwd=repo)
    assert started.code == 0
    assert told(started.out, repo.parent) == (
        "Started SHORT: Say hello\n"
        "  in DIR/repo.phc/say-hello-SHORT on phc/say-hello-SHORT\n"
        "SHORT is ready (+1 -0 lines)\n"
    )
    assert told(started.err) == (
        "  git phc diff SHORT      see what changed\n"
        '  git phc send SHORT "…"  go on\n'
        "  git phc done SHORT      finish\n"
    )
    assert git(repo, "status", "--porcelain") == ""
    place = Path(phc("path", "-", cwd=repo).out.rstrip("\n"))
    assert (place / "hello.txt").read_text() == "hello\n"


def test_on_a_terminal_it_shows_what_is_said(repo: Path, phc: Phc) -> None:
    command = ("--", "sh", "-c", "echo one; printf two")
    started = phc("start", "Count", *command, cwd=repo, tty=True)
    assert told(started.out, repo.parent) == (
        "Started SHORT: Count\n"
        "  in DIR/repo.phc/count-SHORT on phc/count-SHORT\n"
        "── turn 1 ── Count\n"
        "one\n"
        "two\n"
        "SHORT is ready\n"
    )


def test_a_command_that_fails(repo: Path, phc: Phc) -> None:
    failed = phc("start", "Fail", "--", "sh", "-c", "exit 3", cwd=repo)
    assert failed.code == 1
    assert told(failed.out).splitlines()[-1] == (
        "SHORT is failed: the command ended with exit code 3"
    )
    assert told(failed.err) == (
        "  git phc logs SHORT    see why\n  git phc resume SHORT  try again\n"
    )
    body = json.loads(phc("status", "-", "--json", cwd=repo).out)
    assert (body["status"], body["run"]["exit_code"]) == ("failed", 3)


@pytest.mark.parametrize(
    ("words", "settings", "way_out"),
    [
        (["--branch", "main/a"], [], []),
        ([], ["phc.worktreeDir", "{}/file/x"], ["--unset", "phc.worktreeDir"]),
    ],
)
def test_a_worktree_that_cannot_be_made_leaves_a_task_that_is_named(
    words: list[str], settings: list[str], way_out: list[str], repo: Path, phc: Phc, git: RunGit
) -> None:
    (repo.parent / "file").touch()
    if settings:
        git(repo, "config", *(word.format(repo.parent) for word in settings))
    failed = phc("start", "Do it", *words, "--", "true", cwd=repo)
    (task,) = json.loads(phc("status", "--json", cwd=repo).out)["tasks"]
    short = task["short"]
    assert (failed.code, task["status"]) == (1, "failed")
    assert failed.err.endswith(f"; then go on with the task {short}: git phc resume {short}\n")
    assert failed.err.count("\n") == 2
    assert phc("logs", short, cwd=repo).out.startswith("── ")
    if way_out:
        git(repo, "config", *way_out)
    else:
        git(repo, "switch", "-q", "-c", "other")
        git(repo, "branch", "-D", "main")
    assert phc("resume", short, cwd=repo).code == 0


def test_all_that_can_be_said_of_it(repo: Path, phc: Phc, git: RunGit) -> None:
    first = git(repo, "rev-parse", "HEAD")
    git(repo, "commit", "--allow-empty", "-m", "Second")
    started = phc(
        "start", "Do it", "--title", "Title", "-m", "worktree", "-a", "command", "--model", "m1",
        "--autonomy", "auto", "-b", "HEAD~1", "--branch", "mine", "-l", "b", "--label", "a", "-y",
        "--json", "--", "true", cwd=repo,
    )  # fmt: skip
    assert (started.code, started.err) == (0, "")
    body = json.loads(started.out)
    names = ("title", "prompt", "mode", "agent", "autonomy", "branch", "base", "labels", "status")
    assert {name: body[name] for name in names} == {
        "title": "Title",
        "prompt": "Do it",
        "mode": "worktree",
        "agent": "command",
        "autonomy": "auto",
        "branch": "mine",
        "base": first,
        "labels": ["a", "b"],
        "status": "ready",
    }
    assert body["schema"] == 1
    assert body["worktree"] == phc("path", "mine", cwd=repo).out.rstrip("\n")
    shown = json.loads(phc("show", "mine", "--json", cwd=repo).out)
    assert (shown["model"], shown["command"]) == ("m1", ["true"])


def test_settings_stand_in_for_flags(repo: Path, phc: Phc, git: RunGit) -> None:
    settings = {
        "mode": "local", "autonomy": "plan", "branchPrefix": "work/", "titleInBranch": "false",
    }  # fmt: skip
    for name, value in settings.items():
        git(repo, "config", f"phc.{name}", value)
    planned = json.loads(phc("start", "Do", "--dry-run", "--json", "--", "true", cwd=repo).out)
    assert (planned["mode"], planned["autonomy"]) == ("local", "plan")
    started = phc("start", "Do it", "-m", "worktree", "--json", "--", "true", cwd=repo)
    body = json.loads(started.out)
    assert body["branch"] == f"work/{body['short']}"


def test_local_mode_works_in_this_checkout(repo: Path, phc: Phc) -> None:
    started = phc("start", "Say hello", "-m", "local", *WRITE, cwd=repo)
    assert started.code == 0
    assert told(started.out, repo.parent) == (
        "Started SHORT: Say hello\n  in DIR/repo\nSHORT is ready (+1 -0 lines)\n"
    )
    assert (repo / "hello.txt").read_text() == "hello\n"
    assert phc("path", "@", cwd=repo).out == f"{repo}\n"


def test_only_its_id(repo: Path, phc: Phc) -> None:
    started = phc("start", "-q", "Do it", "--", "true", cwd=repo)
    assert (told(started.out), started.err, started.code) == ("TASK\n", "", 0)


def test_detached_it_goes_on(repo: Path, phc: Phc) -> None:
    command = ("--", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done")
    started = phc("start", "-d", "Wait", *command, cwd=repo)
    assert (started.code, started.err) == (0, "")
    assert told(started.out, repo.parent) == (
        "Started SHORT: Wait\n  in DIR/repo.phc/wait-SHORT on phc/wait-SHORT\n"
    )
    assert json.loads(phc("status", "-", "--json", cwd=repo).out)["owner"]["host"]
    place = Path(phc("path", "-", cwd=repo).out.rstrip("\n"))
    (place / "go").touch()
    ended = phc("wait", "-", cwd=repo)
    assert (ended.code, told(ended.out), ended.err) == (0, "SHORT is ready (1 file)\n", "")


def test_a_dry_run_makes_nothing(repo: Path, phc: Phc, git: RunGit) -> None:
    words = ("start", "Do\nit", "-l", "x", "--dry-run")
    shown = phc(*words, "--", "true", cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    assert told(shown.out) == (
        "Would start: Do\n"
        "  mode      worktree\n"
        "  agent     command, autonomy ask\n"
        "  base      COMMIT\n"
        "  branch    one of its own\n"
        "  labels    x\n"
    )
    document = json.loads(phc(*words, "--json", "--branch", "b", "--", "true", cwd=repo).out)
    assert document == {
        "schema": 1,
        "title": "Do",
        "prompt": "Do\nit",
        "mode": "worktree",
        "agent": "command",
        "autonomy": "ask",
        "branch": "b",
        "base": git(repo, "rev-parse", "HEAD"),
        "labels": ["x"],
    }
    assert git(repo, "for-each-ref", "refs/phc", "refs/heads/b") == ""
    assert not (repo / ".git" / "phc").exists()
