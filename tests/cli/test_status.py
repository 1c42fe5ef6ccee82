from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.making import BOB, HERE, Maker
from tests.cli.told import listed, told
from tests.kit import MakeRepo, Phc, RunGit

LOST = {"status": "running", "clone": HERE}  # it says that it runs here, and nobody does


def test_what_waits_for_you_comes_first(make: Maker, repo: Path, phc: Phc) -> None:
    changes = {"files": 1, "added": 3, "removed": 1, "ahead": 2, "behind": 0}
    for status in ("cancelled", "queued", "preparing", "running", "ready", "failed", "waiting"):
        make(f"One {status}", status, changes=changes if status == "ready" else None)
    make("One that was lost", **LOST)
    shown = phc("status", cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    assert listed(shown.out) == (
        "? NAME  waiting      9d  worktree  command                  One waiting\n"
        "! NAME  interrupted  9d  worktree  command                  One that was lost\n"
        "✗ NAME  failed       9d  worktree  command                  One failed\n"
        "● NAME  ready        9d  worktree  command  +3 -1  2 ahead  One ready\n"
        "▶ NAME  running      9d  worktree  command                  One running\n"
        "▷ NAME  preparing    9d  worktree  command                  One preparing\n"
        "○ NAME  queued       9d  worktree  command                  One queued\n"
        "– NAME  cancelled    9d  worktree  command                  One cancelled\n"
    )
    for name in ("list", "ls"):
        assert phc(name, cwd=repo) == shown


def test_what_is_put_away_is_counted(make: Maker, repo: Path, phc: Phc) -> None:
    for status in ("done", "done", "archived", "deleted", "ready"):
        make(f"One {status}", status)
    assert listed(phc("status", cwd=repo).out) == (
        "● NAME  ready  9d  worktree  command  One ready\n"
        "Not shown: 1 archived, 2 done (git phc status --all), "
        "1 deleted (git phc status --deleted)\n"
    )
    assert sorted(listed(phc("status", "--all", cwd=repo).out).splitlines()) == [
        "Not shown: 1 deleted (git phc status --deleted)",
        "● NAME  ready  9d  worktree  command  (archived) One archived",
        "● NAME  ready  9d  worktree  command  One ready",
        "✓ NAME  done   9d  worktree  command  One done",
        "✓ NAME  done   9d  worktree  command  One done",
    ]


def test_what_is_deleted_can_be_listed_and_says_so(make: Maker, repo: Path, phc: Phc) -> None:
    make("One ready")
    gone = make("One deleted", "deleted")
    assert listed(phc("status", "--deleted", cwd=repo).out) == (
        "● NAME  ready  9d  worktree  command  (deleted) One deleted\n"
        "Not shown: 1 ready (git phc status --all)\n"
    )
    assert phc("status", "--deleted", "-q", cwd=repo).lines == [gone.id]
    (task,) = json.loads(phc("status", "--deleted", "--json", cwd=repo).out)["tasks"]
    assert (task["id"], task["deleted"]) == (gone.id, True)


@pytest.mark.parametrize(("how", "back"), [("archived", "unarchive"), ("deleted", "undo")])
@pytest.mark.parametrize("verb", ["show", "status"])
def test_one_that_is_put_away_says_so(
    how: str, back: str, verb: str, make: Maker, repo: Path, phc: Phc
) -> None:
    task = make("One", how)
    line = f"{how:<9} TIME by Ada Tester (to bring it back: git phc {back} SHORT)"
    assert line in told(phc(verb, task.id, cwd=repo).out).splitlines()
    assert json.loads(phc(verb, "--json", task.id, cwd=repo).out)[how] is True


def test_only_put_away_ones_are_no_empty_repository(make: Maker, repo: Path, phc: Phc) -> None:
    make("One", "done")
    assert phc("status", cwd=repo).out == "Not shown: 1 done (git phc status --all)\n"


def test_within_a_status_the_last_change_comes_first(make: Maker, repo: Path, phc: Phc) -> None:
    for day in (2, 4, 3):
        make(f"Of day {day}", at=f"2026-01-0{day}T00:00:00.000Z")
    titles = [line.split("  ")[-1] for line in phc("status", cwd=repo).lines]
    assert titles == ["Of day 4", "Of day 3", "Of day 2"]


def test_a_pinned_one_comes_before_all(make: Maker, repo: Path, phc: Phc) -> None:
    make("Urgent", "failed")
    make("Pinned", "cancelled", fields={"pinned": True})
    assert listed(phc("status", cwd=repo).out) == (
        "– NAME  cancelled  9d  worktree  command  (pinned) Pinned\n"
        "✗ NAME  failed     9d  worktree  command  Urgent\n"
    )


def test_a_repository_without_tasks_says_how_to_begin(repo: Path, phc: Phc) -> None:
    nothing = phc("status", cwd=repo)
    assert nothing.out == 'No tasks yet. Start one: git phc start "…"\n'
    assert (nothing.code, nothing.err) == (0, "")
    assert phc("status", "--json", cwd=repo).out == '{\n  "schema": 1,\n  "tasks": []\n}\n'
    assert phc("status", "-q", cwd=repo).out == ""


def test_a_repository_without_a_commit(make_repo: MakeRepo, phc: Phc) -> None:
    empty = make_repo(commit=False)
    assert phc("status", cwd=empty).out == 'No tasks yet. Start one: git phc start "…"\n'


def test_filters(make: Maker, repo: Path, phc: Phc) -> None:
    make("Of Ada", labels=["one", "two"])
    make("Of Bob", "failed", who=BOB, labels=["one"])
    make("For Ada", "failed", who=BOB, fields={"assignee": "ada@example.com"})
    make("Of nobody", "done", who=("Ada", "not-ada@example.com"))

    def titles(*words: str) -> list[str]:
        lines = phc("status", *words, cwd=repo).lines
        return [line.split("  ")[-1] for line in lines if not line.startswith("Not")]

    assert titles("--mine") == ["For Ada", "Of Ada"]
    assert titles("--mine", "-a") == ["For Ada", "Of Ada"]
    assert titles("--status", "ready") == ["Of Ada"]
    assert titles("--status", "ready", "--status", "done") == ["Of Ada", "Of nobody"]
    assert titles("-l", "one") == ["Of Bob", "Of Ada"]
    assert titles("-l", "one", "--label", "two") == ["Of Ada"]
    assert titles("-l", "none") == []


def test_limit(make: Maker, repo: Path, phc: Phc) -> None:
    for number in range(3):
        make(f"Number {number}")
    limited = phc("status", "--limit", "1", cwd=repo)
    assert limited.lines[1:] == ["Not shown: 2 beyond --limit (git phc status --all)"]
    assert len(phc("status", "-q", "--limit", "2", cwd=repo).lines) == 2
    assert len(phc("status", "--limit", "9", cwd=repo).lines) == 3
    refused = phc("status", "--limit", "0", cwd=repo)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        "git phc: invalid value for '--limit': 0 is not in the range x>=1.\n"
        "See: git phc status -h\n"
    )


def test_ids_only(make: Maker, repo: Path, phc: Phc) -> None:
    ready, failed = make("Ready"), make("Failed", "failed")
    assert phc("status", "-q", cwd=repo).lines == [failed.id, ready.id]
    assert phc("status", "-q", ready.id.short, cwd=repo).lines == [ready.id]


def test_a_damaged_task_is_told_beside_the_others(
    make: Maker, repo: Path, phc: Phc, git: RunGit
) -> None:
    make("Sound")
    name = "refs/phc/tasks/" + "k" * 32
    git(repo, "update-ref", name, "HEAD")
    shown = phc("status", cwd=repo)
    assert listed(shown.out) == "● NAME  ready  9d  worktree  command  Sound\n"
    assert shown.code == 1
    assert shown.err == (
        f"git phc: the task kkkkkkkkkkkk cannot be read: {name} does not hold a task.\n"
        "Nothing was changed. Look closer: git phc doctor\n"
    )
    quiet = phc("status", "-q", cwd=repo)
    assert (quiet.code, len(quiet.lines), quiet.err) == (1, 1, shown.err)
    assert phc("show", "k" * 32, cwd=repo).err == shown.err
