"""Commits and the task that made them: git notes, which plain git shows."""

from __future__ import annotations

import json

import pytest

from git_phc.git.notes import read
from git_phc.git.repo import open_repo
from tests.e2e.stage import Stage
from tests.e2e.test_merge import advance

COMMIT = "echo {0} > {0}; git add {0}; git commit -qm 'add {0}'"


def noted(stage: Stage, *revisions: str) -> list[list[dict[str, str]]]:
    """The lines of the notes of these commits."""
    commits = [stage.git("rev-parse", revision) for revision in revisions]
    notes = read(open_repo(stage.repo), commits)
    return [[json.loads(line) for line in notes.get(one, b"").splitlines()] for one in commits]


def line_of(stage: Stage, task: str, run: int = -1) -> dict[str, str]:
    shown = stage.show(task)
    return {"agent": "command", "run": shown["runs"][run]["id"], "task": shown["id"]}


def test_what_a_turn_commits_is_noted_and_git_log_shows_it(stage: Stage) -> None:
    task = stage.start(f"{COMMIT.format('a')}; {COMMIT.format('b')}")
    branch = stage.show(task)["branch"]
    line = line_of(stage, task)
    assert noted(stage, branch, f"{branch}~1", "main") == [[line], [line], []]
    shown = stage.git("log", "-1", "--notes=phc", "--format=%s%n%N", branch)
    assert shown.rstrip() == f"add b\n{json.dumps(line, sort_keys=True, separators=(',', ':'))}"
    assert stage.git("rev-list", "--count", "refs/notes/phc") == "1"  # one step for both
    lines = [text for text in stage.ok("show", task).lines if text.startswith("commit ")]
    assert [text.split(maxsplit=2)[2] for text in lines] == ["add a", "add b"]


@pytest.mark.slow
def test_what_came_from_others_is_not_noted(stage: Stage) -> None:
    """A turn that pulls, merges and rebases brings commits along that it has not made."""
    task = stage.start(COMMIT.format("mine"))
    advance(stage, "theirs")
    stage.ok("send", task, "git merge -q --no-edit main; " + COMMIT.format("later"))
    branch = stage.show(task)["branch"]
    first, second = line_of(stage, task, 0), line_of(stage, task, 1)
    theirs = f"{branch}~1^2"
    assert noted(stage, branch, f"{branch}~1", theirs, f"{branch}~1^1") == [
        [second], [second], [], [first],
    ]  # fmt: skip
    advance(stage, "more")
    stage.ok("send", task, "git rebase -q main")
    third = line_of(stage, task, 2)
    assert noted(stage, branch, f"{branch}~1", "main") == [[third], [third], []]


@pytest.mark.slow
def test_in_local_mode_what_i_commit_between_two_runs_is_mine(stage: Stage) -> None:
    task = stage.start(COMMIT.format("a"), "-m", "local")
    advance(stage)
    stage.ok("send", task, COMMIT.format("b"))
    first, second = line_of(stage, task, 0), line_of(stage, task, 1)
    assert noted(stage, "HEAD", "HEAD~1", "HEAD~2") == [[second], [], [first]]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--ff", "--squash", "--rebase"])
def test_what_a_merge_makes_takes_the_lines_along(how: str, stage: Stage) -> None:
    task = stage.start(COMMIT.format("a"))
    stage.ok("send", task, f"{COMMIT.format('b')}; echo rest > rest")
    advance(stage)
    lines = [line_of(stage, task, 0), line_of(stage, task, 1)]
    stage.ok("merge", how, task)
    rest, by_last = [lines[1]], [lines[1]]
    both = sorted(lines, key=lambda line: json.dumps(line, sort_keys=True))
    found = {
        "--ff": [("main", both), ("main^2", rest), ("main^2~1", by_last), ("main^1", [])],
        "--squash": [("main", both), ("main~1", [])],
        "--rebase": [("main", rest), ("main~1", by_last), ("main~2", [lines[0]]), ("main~3", [])],
    }[how]
    assert noted(stage, *(revision for revision, _ in found)) == [lines for _, lines in found]
    assert any("commit" in text and "add a" in text for text in stage.ok("show", task).lines)
