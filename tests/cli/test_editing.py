"""edit, show, and one task in full."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.cli.told import told
from tests.kit import Phc


def test_edit(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Fix it")
    edited = phc(
        "edit", task.id, "--title", "  Better\n title ", "--label", "b", "--label", "a",
        "--assign", "bob@example.com", "--pin", "--autonomy", "plan", "--agent", "other", "-y",
        cwd=repo,
    )  # fmt: skip
    assert (edited.code, edited.err) == (0, "")
    assert told(edited.out) == "SHORT  Better title  [a, b]\n"
    words = ("edit", task.id, "--unlabel", "a", "--unpin", "--assign", "", "--json")
    body = json.loads(phc(*words, cwd=repo).out)
    assert (body["labels"], body["pinned"], "assignee" in body) == (["b"], False, False)
    assert (body["title"], body["autonomy"], body["agent"]) == ("Better title", "plan", "other")
    assert phc("edit", task.id, "-q", "--pin", cwd=repo).out == f"{task.id}\n"


@pytest.mark.parametrize(
    ("words", "err"),
    [
        ((), "git phc: there is nothing to change.\nSee: git phc edit -h\n"),
        (
            ("--title", ""),
            'git phc: a title cannot be empty.\nGive one: git phc edit TASK --title "…"\n',
        ),
    ],
)
def test_what_edit_refuses(
    words: tuple[str, ...], err: str, make: Maker, repo: Path, phc: Phc
) -> None:
    refused = phc("edit", make("Fix it").id, *words, cwd=repo)
    assert (refused.code, refused.out, refused.err) == (2, "", err)


def test_one_in_full(make: Maker, repo: Path, phc: Phc) -> None:
    fields = {"branch": "fix-it", "assignee": "bob@example.com", "pinned": True}
    changes = {"files": 2, "added": 3, "removed": 1}
    prompt = "\n".join(["Fix it", *(f"line {number}" for number in range(2, 13))])
    task = make(
        "Fix it", "failed", prompt=prompt, labels=["b", "a"], fields=fields, changes=changes
    )
    shown = phc("status", task.id, cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    assert told(shown.out) == (
        "SHORT  Fix it\n"
        "status    failed: the command ended with exit code 3, since TIME\n"
        "mode      worktree, command, autonomy ask\n"
        "branch    fix-it\n"
        "base      COMMIT\n"
        "author    Ada Tester <ada@example.com>\n"
        "assignee  bob@example.com\n"
        "labels    a, b\n"
        "pinned    yes\n"
        "changes   2 files, +3 -1\n"
        "run       1 on vm, from TIME, exit code 3\n"
        "\n"
        "    Fix it\n"
        + "".join(f"    line {number}\n" for number in range(2, 11))
        + "    … (all of it: git phc show SHORT)\n"
    )


def test_show(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Fix it", prompt="Fix\n\n  it")
    shown = phc("show", task.id, cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    assert told(shown.out) == (
        "SHORT  Fix it\n"
        "status    ready, since TIME\n"
        "mode      worktree, command, autonomy ask\n"
        "base      COMMIT\n"
        "author    Ada Tester <ada@example.com>\n"
        "run       1 on vm, from TIME, exit code 0\n"
        "\n"
        "TIME  Ada Tester\n"
        "    Fix\n"
        "\n"
        "      it\n"
        "\n"
        "TIME  Ada Tester  create\n"
        "TIME  Ada Tester  start: worktree, command: Fix it\n"
        "TIME  Ada Tester  message: Fix it\n"
        "TIME  Ada Tester  claim 1: vm, worktree\n"
        "TIME  Ada Tester  preparing\n"
        "TIME  Ada Tester  running\n"
        "TIME  Ada Tester  turn 1\n"
        "TIME  Ada Tester  ready\n"
    )
    assert phc("show", "-q", "-", cwd=repo).out == f"{task.id}\n"


def test_show_tells_the_commits(repo: Path, phc: Phc) -> None:
    script = "git commit -q --allow-empty -m one && git commit -q --allow-empty -m two"
    assert phc("start", "-q", "Commit", "--", "sh", "-c", script, cwd=repo).code == 0
    shown = phc("show", "-", cwd=repo)
    commits = [line for line in told(shown.out).splitlines() if line.startswith("commit ")]
    assert commits == ["commit    COMMIT one", "commit    COMMIT two"]
    body = json.loads(phc("show", "--json", "-", cwd=repo).out)
    assert [commit["subject"] for commit in body["commits"]] == ["one", "two"]
    assert [point["reason"] for point in body["checkpoints"]] == ["start", "turn"]
