"""A task that a newer version has written: it is shown, and nothing of it is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.cli.told import listed
from tests.kit import Phc, RunGit


@pytest.fixture
def newer(make: Maker, repo: Path, git: RunGit) -> str:
    """The id of a task of version 99, in a status that nobody knows yet."""
    task = make("From tomorrow", "waiting")
    ref = f"refs/phc/tasks/{task.id}"
    body = json.loads(git(repo, "show", f"{ref}:task.json"))
    body["v"] = 99
    body["run"]["status"]["status"] = "dreaming"
    blob = git(repo, "hash-object", "-w", "--stdin", input=json.dumps(body))
    lines = [line for line in git(repo, "ls-tree", ref).splitlines() if "task.json" not in line]
    tree = git(repo, "mktree", input="\n".join([*lines, f"100644 blob {blob}\ttask.json", ""]))
    commit = git(repo, "commit-tree", "-p", ref, "-m", "dream", tree)
    git(repo, "update-ref", ref, commit)
    return task.id


def test_it_is_listed(newer: str, repo: Path, phc: Phc) -> None:
    shown = phc("status", cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    assert listed(shown.out) == "· NAME  dreaming  9d  worktree  command  From tomorrow\n"
    assert json.loads(phc("status", newer, "--json", cwd=repo).out)["status"] == "dreaming"


def test_it_can_be_read(newer: str, repo: Path, phc: Phc) -> None:
    for words in (("show",), ("show", "--json"), ("logs",), ("status",)):
        shown = phc(*words, newer, cwd=repo)
        assert (shown.code, shown.err) == (0, "")
    assert "status    dreaming, since " in phc("show", newer, cwd=repo).out


@pytest.mark.parametrize("words", [("edit", "--pin"), ("send", "more")])
def test_it_is_not_changed(
    words: tuple[str, ...], newer: str, repo: Path, phc: Phc, git: RunGit
) -> None:
    before = git(repo, "for-each-ref", "refs/phc")
    verb, *more = words
    refused = phc(verb, newer, *more, cwd=repo)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"git phc: the task {newer[:8]} was written by a newer version (v99).\n"
        "Update git phc; until then the task can be read, not changed.\n"
    )
    assert git(repo, "for-each-ref", "refs/phc") == before
