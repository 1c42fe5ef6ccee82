"""Who has a task is decided at its arbiter: two at once, answers that are lost, no connection."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from tests.kit import chance, overlaid, run_program
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import files, ready, started

__all__ = ["ready"]
ROUNDS = 4


def cut(team: Team, script: str) -> Path:
    """From now on the hub applies what is pushed to a task, and its answer is lost.

    The hook looks at whom it kills: where that one is gone already, its parent is another.
    """
    hook = team.hub / "hooks" / "reference-transaction"
    hook.write_text(
        f'#!/bin/sh\n[ "$1" = committed ] || exit 0\ngrep -q refs/phc/tasks || exit 0\n'
        f"ps -o args= -p $PPID | grep -q receive-pack || exit 0\n{script}\n"
    )
    hook.chmod(0o755)
    return hook


def claims(mate: Mate, task: str) -> int:
    """How many claims the task's history holds."""
    log = mate.git("log", "--format=%(trailers:key=Phc-Event,valueonly)", f"refs/phc/tasks/{task}")
    return log.split().count("claimed")


@pytest.mark.slow
def test_a_claim_whose_answer_is_lost_is_found_there(ready: Team, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    task = started(ready.ada, command=f"echo run >> '{runs}'")["id"]
    ready.ada("push", task)
    hook = cut(ready, "kill -9 $PPID")
    before = claims(ready.ada, task)
    assert ready.ada("resume", task).code == 0
    hook.unlink()
    assert claims(ready.ada, task) == before + 1
    assert runs.read_text() == "run\n" * 2


@pytest.mark.slow
def test_while_nobody_knows_whether_it_is_claimed_nothing_starts(
    ready: Team, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    task = started(ready.ada, command=f"echo run >> '{runs}'")["id"]
    ready.ada("push", task)
    away = ready.hub.with_name("away")
    hook = cut(ready, f"kill -9 $PPID; mv '{ready.hub}' '{away}'")
    tip = ready.ada.tip(task)
    for _ in range(2):
        assert "cannot be asked" in ready.ada("resume", task, code=1).err
        assert (ready.ada.tip(task), runs.read_text()) == (tip, "run\n")
    away.rename(ready.hub)
    hook.unlink()
    assert ready.there(task) != tip
    assert ready.ada("resume", task).code == 0
    assert runs.read_text() == "run\n" * 2
    ready.ada("sync")
    assert ready.there(task) == ready.ada.tip(task)


@pytest.mark.slow
def test_a_push_that_the_remote_refuses_claims_nothing(ready: Team) -> None:
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    hook = ready.hub / "hooks" / "update"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    tip = ready.ada.tip(task)
    refused = ready.ada("resume", task, code=1)
    assert "origin does not take it" in refused.err
    assert ready.ada.tip(task) == tip
    hook.unlink()
    assert ready.ada("resume", task).code == 0


@pytest.mark.slow
def test_a_handoff_that_is_refused_leaves_all_as_it_was(ready: Team) -> None:
    made = started(ready.ada)
    task, tip = made["id"], ""
    ready.ada("push", task)
    hook = ready.hub / "hooks" / "update"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    ready.ada("handoff", task, "--to", "bob@example.com", "-y", code=1)
    shown = ready.ada.show(task)
    assert (shown["status"], shown.get("handoff"), tip) == ("ready", None, "")
    assert Path(made["worktree"]).is_dir()


@pytest.mark.slow
def test_a_claim_made_offline_is_none(ready: Team) -> None:
    """Bob takes the task while Ada is offline; she is told when she is back."""
    task = started(ready.ada)["id"]
    ready.ada("push", task)
    ready.bob("pull")
    url = ready.ada.git("remote", "get-url", "origin")
    ready.ada.git("remote", "set-url", "origin", str(ready.hub.with_name("nowhere")))
    assert "cannot be asked" in ready.ada("resume", task, code=1).err
    ready.bob("pick", task)
    ready.ada.git("remote", "set-url", "origin", url)
    assert "at rest on" in ready.ada("resume", task, code=1).err
    assert claims(ready.ada, task) == 2


@pytest.mark.races
def test_of_two_who_go_on_at_once_one_does(ready: Team) -> None:
    seeded = chance()
    task = started(ready.ada, command="true")["id"]
    ready.ada("push", task)
    ready.bob("pull")
    for _ in range(ROUNDS):
        owner, other = (ready.ada, ready.bob) if _owns(ready.ada, task) else (ready.bob, ready.ada)
        codes = _race(seeded.uniform(0, 0.6), (owner, "resume", task), (other, "pick", task))
        for mate in (owner, other):
            mate("wait", task)
            mate("sync")
        for mate in (owner, other):
            mate("sync")
        assert owner.tip(task) == other.tip(task) == ready.there(task)
        assert 0 in codes
        assert _owns(owner, task) != _owns(other, task)
        if codes[1] == 0 and codes[0] != 0:
            assert _owns(other, task)
        shown = other.show(task)
        numbers = [run["id"] for run in shown["runs"]]
        assert len(numbers) == len(set(numbers)) == claims(other, task)
        assert all(run["outcome"] == "ready" for run in shown["runs"])


def _owns(mate: Mate, task: str) -> bool:
    return bool(mate.show(task)["owner"]["clone"] == mate.context.clone)


def _race(late: float, *acts: tuple[Mate, str, str]) -> list[int]:
    """The exit codes of commands that begin at the same time, the second a little later."""
    codes = [-1, -1]

    def run(at: int, mate: Mate, *words: str) -> None:
        threading.Event().wait(late * at)
        program = [sys.executable, "-m", "git_phc", *words]
        codes[at] = run_program(program, cwd=mate.path, env=overlaid()).code

    threads = [threading.Thread(target=run, args=(at, *act)) for at, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.slow
@pytest.mark.parametrize("had", ["nothing", "a folder"])
def test_a_pick_that_is_refused_leaves_all_as_it_was(ready: Team, had: str) -> None:
    made = started(ready.ada)
    task, place = made["id"], Path(made["worktree"])
    ready.ada("push", task, "-y")
    ready.bob("pull")
    mate = ready.bob
    if had == "a folder":
        mate = ready.ada
        ready.bob("pick", task)
        there = Path(ready.bob.show(task)["worktree"])
        ready.bob.run_git(there, "commit", "-q", "--allow-empty", "-m", "bob's")
        ready.bob("trust", "--actor", "ada@example.com")
        ready.bob("resume", task)
        ready.bob("wait", task)
        ready.bob("sync")
        ready.ada("sync")
        (place / "only here").write_text("mine")
        ready.ada.run_git(place, "add", "made.txt")
    hook = ready.hub / "hooks" / "update"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = standing(mate, task, place)
    assert "does not take it" in mate("pick", task, code=1).err
    assert standing(mate, task, place) == before
    hook.unlink()
    mate("pick", task)
    assert "worktree" in mate.show(task)


def standing(mate: Mate, task: str, place: Path) -> tuple[object, ...]:
    """What there is of a task in a clone: its tip, its branch, its folder."""
    shown = mate.show(task)
    folder = Path(shown["worktree"]) if "worktree" in shown else None
    status = mate.run_git(place, "status", "--porcelain") if folder == place else None
    branch = mate.ref(f"refs/heads/{shown['branch']}")
    return mate.tip(task), branch, files(folder) if folder else None, status
