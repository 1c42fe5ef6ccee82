"""The JSON of a task: the keys of docs' contract that apply, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.making import ADA, AT, BOB, ELSEWHERE, Maker
from tests.kit import Phc

ALWAYS = {
    "id", "short", "title", "prompt", "prompt_bytes", "status", "since", "mode", "agent",
    "autonomy", "base", "labels", "author", "arbiter", "created", "updated", "archived", "pinned",
    "run", "shared",
}  # fmt: skip
STORY = {"messages", "runs", "checkpoints", "commits", "history"}


def test_of_a_list(make: Maker, repo: Path, phc: Phc) -> None:
    changes = {"files": 1, "added": 3, "removed": 1, "ahead": 2, "behind": 0}
    task = make("Fix it", labels=["b", "a"], changes=changes, fields={"branch": "fix"}, who=BOB)
    document = json.loads(phc("status", "--json", cwd=repo).out)
    assert set(document) == {"schema", "tasks"}
    assert document["tasks"] == [
        {
            "id": task.id,
            "short": task.id[:8],
            "title": "Fix it",
            "prompt": "Fix it",
            "prompt_bytes": 6,
            "status": "ready",
            "since": AT,
            "mode": "worktree",
            "agent": "command",
            "autonomy": "ask",
            "branch": "fix",
            "base": task.base,
            "head": task.base,
            "labels": ["a", "b"],
            "author": "Bob Tester <bob@example.com>",
            "owner": {"clone": "c10e" * 4, "host": "vm", "person": "Bob Tester <bob@example.com>"},
            "arbiter": "here",
            "created": AT,
            "updated": AT,
            "archived": False,
            "pinned": False,
            "run": {
                "id": task.run.id if task.run else "",
                "host": "vm",
                "started": AT,
                "ended": AT,
                "outcome": "ready",
                "exit_code": 0,
            },
            "changes": changes,
            "shared": False,
        }
    ]


def test_of_one_that_runs_elsewhere(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Fix it", "running", fields={"assignee": "bob@example.com"})
    body = json.loads(phc("status", task.id, "--json", cwd=repo).out)
    assert list(body)[:2] == ["schema", "id"]
    assert set(body) == {"schema", "owner", "assignee", *ALWAYS}
    name, email = ADA
    assert body["owner"] == {"clone": ELSEWHERE, "host": "vm", "person": f"{name} <{email}>"}
    assert set(body["run"]) == {"id", "host", "started"}


def test_a_long_prompt_is_cut_in_lists_and_whole_in_show(make: Maker, repo: Path, phc: Phc) -> None:
    prompt = "é" * 20_000
    task = make("Long", prompt=prompt)
    listed = json.loads(phc("status", "--json", cwd=repo).out)["tasks"][0]
    assert (listed["prompt"], listed["prompt_bytes"]) == ("é" * 2048, 40_000)
    shown = json.loads(phc("show", "--json", task.id, cwd=repo).out)
    assert shown["prompt"] == prompt
    assert "prompt_bytes" not in shown
    assert shown["messages"][0]["text"] == prompt


def test_show_has_all_of_the_story(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Fix it", "failed")
    body = json.loads(phc("show", "--json", task.id, cwd=repo).out)
    assert set(body) == (ALWAYS - {"prompt_bytes"}) | {"schema", "owner", "reason"} | STORY
    assert body["reason"] == "the command ended with exit code 3"
    assert [run["outcome"] for run in body["runs"]] == ["failed"]
    assert set(body["history"][0]) == {"commit", "at", "who", "what"}
    assert body["history"][0]["what"] == "create"


@pytest.mark.parametrize("words", [("status",), ("show",)])
def test_control_characters_are_escaped(
    words: tuple[str, ...], make: Maker, repo: Path, phc: Phc
) -> None:
    prompt = "a\x1b[31m\x9b2J\x7f\u202eb\nc"
    task = make("Red", prompt=prompt)
    shown = phc(*words, "--json", task.id, cwd=repo)
    assert not set("\x1b\x9b\x7f\u202e") & set(shown.out)
    body: dict[str, Any] = json.loads(shown.out)
    assert body["prompt"] == prompt
