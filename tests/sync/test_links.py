"""Notes on commits go along with their tasks, and only with theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.git.notes import add_lines, read
from git_phc.model.ids import TaskId
from git_phc.model.link import link_line
from git_phc.services.context import signature
from git_phc.services.links import link_commits
from git_phc.store.tasks import read_task
from tests.kit import RunGit
from tests.sync.team import Mate, Team


def commit(mate: Mate, task: str, text: str = "a") -> str:
    """A commit that a task has made."""
    made = mate.git("commit-tree", "-m", text, "HEAD^{tree}")
    link_commits(mate.context, read_task(mate.context.repo, TaskId(task)), [made], "a" * 64)
    return made


def line(task: str) -> bytes:
    return link_line(TaskId(task), "command", "a" * 64)


def noted(mate: Mate, *commits: str) -> list[list[bytes]]:
    found = read(mate.context.repo, commits)
    return [found.get(one, b"").splitlines() for one in commits]


def test_only_those_of_shared_tasks_go_along(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, own = team.ada.make(), team.ada.make()
    both, mine = commit(team.ada, shared), commit(team.ada, own, "b")
    link_commits(team.ada.context, read_task(team.ada.context.repo, own), [both], None)
    team.ada("push", shared)
    with monkeypatch.context() as patch:
        patch.setenv("GIT_CONFIG_PARAMETERS", "'user.email'='' 'user.useConfigOnly'='true'")
        team.bob("pull")  # who only reads need not say who they are
    assert noted(team.bob, both, mine) == [[line(shared)], []]
    told = team.run_git(team.hub, "log", "--format=%B", "-p", "refs/notes/phc")
    assert shared in told
    assert own not in told
    assert mine[:12] not in told
    team.ada("push", own)
    team.bob("pull")
    assert [len(lines) for lines in noted(team.bob, both, mine)] == [2, 1]


def test_a_later_note_goes_by_the_next_push(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    assert team.ada.git("ls-remote", "origin", "refs/notes/phc") == ""
    made = commit(team.ada, task)
    assert team.ada("push").out == "Nothing to push.\n"
    team.bob("pull")
    assert noted(team.bob, made) == [[line(task)]]


def test_what_two_note_apart_is_joined(team: Team) -> None:
    task = team.ada.make()
    team.ada("push", task)
    team.bob("pull")
    one = commit(team.ada, task, "one")
    who = signature(team.bob.context)
    other = link_line(TaskId(task), "claude", "b" * 64)
    add_lines(team.bob.context.repo, team.bob.context.writer, {one: [other]}, who=who)
    team.ada("push")
    team.bob("push")  # from a tip that the remote does not have any more
    team.bob("sync")
    team.ada("sync")
    for mate in (team.ada, team.bob):
        assert noted(mate, one) == [sorted([line(task), other])]
    before = team.run_git(team.hub, "rev-parse", "refs/notes/phc")
    for mate in (team.ada, team.bob):
        mate("sync")
    assert team.run_git(team.hub, "rev-parse", "refs/notes/phc") == before


def test_what_is_no_line_of_ours_is_left_there(team: Team) -> None:
    task = team.ada.make()
    made = commit(team.ada, task)
    team.ada("push", task)
    words = ("notes", "--ref=phc", "append", "-m", '\x1b]0;harm\x07 {"task":1}', made)
    team.run_git(team.hub, "-c", "user.name=x", "-c", "user.email=x@x", *words)
    team.bob("pull")
    assert noted(team.bob, made) == [[line(task)]]


def test_a_remote_that_wants_no_notes_is_told(team: Team) -> None:
    task = team.ada.make()
    commit(team.ada, task)
    hook = team.hub / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/notes/phc ]\n')
    hook.chmod(0o755)
    done = team.ada("push", task, code=1)
    assert "shared" in done.out
    assert "notes" in done.out
    assert "rejected" in done.out
    assert team.there(task) == team.ada.tip(task)


def _bomb(hub: Path, git: RunGit) -> str:
    """Forty trees, each of which holds the next one 16 times."""
    below = git(hub, "hash-object", "-w", "--stdin", input="x")
    kind = "100644 blob"
    for _ in range(40):
        lines = "".join(f"{kind} {below}\t{letter}\n" for letter in "0123456789abcdef")
        below, kind = git(hub, "mktree", input=lines), "040000 tree"
    return below


@pytest.mark.slow
@pytest.mark.parametrize("what", ["a bomb", "no notes", "a huge note", "odd names"])
def test_hostile_notes_keep_no_task_back(what: str, team: Team, git: RunGit) -> None:
    task, more = team.ada.make(), team.bob.make()
    made = commit(team.ada, task)
    team.ada("push", task)
    hub = team.hub
    blob = git(hub, "hash-object", "-w", "--stdin", input="x")
    if what == "a bomb":
        tree = _bomb(hub, git)
    elif what == "a huge note":
        blob = git(hub, "hash-object", "-w", "--stdin", input="x\n" * 10_000_000)
        tree = git(hub, "mktree", input=f"100644 blob {blob}\t{made}\n")
    else:
        names = "".join(f"100644 blob {blob}\t{name}\n" for name in ("-x", "zz", "\x1b[2J"))
        tree = git(hub, "mktree", input=names)
    words = ("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "x", tree)
    tip = blob if what == "no notes" else git(hub, *words)
    git(hub, "update-ref", "refs/notes/phc", tip)
    is_damage = what in ("a bomb", "no notes")
    found = team.bob.outcomes("pull", code=int(is_damage))
    assert found == {task: "new"} | ({"notes": "quarantined"} if is_damage else {})
    assert team.bob.ref("refs/notes/phc") == ""
    link_commits(team.bob.context, read_task(team.bob.context.repo, more), [made], None)
    assert team.bob.outcomes("push", more, code=int(is_damage))[more] == "shared"
    assert team.bob.outcomes("sync", code=int(is_damage)).keys() == (
        {"notes"} if is_damage else set()
    )
