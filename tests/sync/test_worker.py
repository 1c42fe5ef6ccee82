"""A task of the cloud, from `start --mode cloud` to `pick`: queue, claim, run, end."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from git_phc.model.ids import TaskId
from git_phc.services import handoff
from git_phc.store import layout
from git_phc.worker.home import home
from tests.e2e.stage import until
from tests.kit import Outcome
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import WORKS, files, ready, started
from tests.sync.workers import queued, worker

__all__ = ["ready"]


def worked(mate: Mate, *words: str, state: str = "worker", **given: Any) -> Outcome:
    """A worker that takes one task, and runs it to its end."""
    folder = mate.path.parent / state
    flags = ("--once", "--trust-remote", "--sandbox", "none", "--state", folder)
    return mate("worker", *flags, *words, **given)


def beside(team: Team, task: str) -> dict[str, bool]:
    """Which refs of the task the hub holds, beside the task itself."""
    return {kind: bool(team.there(task, kind)) for kind in ("queue", "lease", "base")}


@pytest.mark.slow
def test_a_worker_does_what_waits_and_anyone_takes_it_over(ready: Team) -> None:
    task = queued(ready.ada, command=WORKS)
    shown = ready.ada.show(task)
    assert (shown["status"], shown["mode"], shown["handoff"]) == ("queued", "cloud", "cloud")
    assert beside(ready, task) == {"queue": True, "lease": False, "base": True}
    done = worked(ready.bob)
    assert f"{task[:8]} is ready" in done.out
    assert beside(ready, task) == {"queue": False, "lease": False, "base": False}
    ready.ada("sync")
    shown = ready.ada.show(task)
    assert (shown["status"], shown["run"]["outcome"]) == ("ready", "ready")
    assert "made.txt" in ready.ada("diff", task, "--name-only").out
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    assert files(place) | {"README.md": b""} == {
        "README": b"first\nmore\n", "README.md": b"", "made.txt": b"made\n", "raw.bin": b"a\0b",
    }  # fmt: skip
    assert ready.ada.show(task)["branch"] == shown["branch"]


@pytest.mark.slow
def test_what_is_not_committed_goes_along_where_it_is_asked_for(ready: Team) -> None:
    (ready.ada.path / "README").write_text("changed\n")
    (ready.ada.path / "new").write_text("new\n")
    with_it, without = queued(ready.ada, "--carry", command=WORKS), queued(ready.ada, command=WORKS)
    for _ in range(2):
        worked(ready.bob)
    ready.ada("sync")
    found = {}
    for task in (with_it, without):
        ready.ada("pick", task)
        found[task] = files(Path(ready.ada.show(task)["worktree"]))
    assert found[with_it]["README"] == b"changed\nmore\n"
    assert found[without]["README"] == b"first\nmore\n"
    assert [("new" in found[task]) for task in (with_it, without)] == [True, False]


@pytest.mark.slow
def test_commits_come_back_on_the_branch(ready: Team) -> None:
    task = queued(ready.ada, command="echo x > x; git add x; git commit -qm 'An x'")
    worked(ready.bob)
    ready.ada("sync")
    branch = ready.ada.show(task)["branch"]
    assert ready.run_git(ready.hub, "log", "-1", "--format=%s", branch) == "An x"


@pytest.mark.slow
def test_a_run_that_fails_is_told(ready: Team) -> None:
    task = queued(ready.ada, command="echo no; exit 3")
    worked(ready.bob, code=1)
    ready.ada("sync")
    shown = ready.ada.show(task)
    assert (shown["status"], shown["run"]["exit_code"]) == ("failed", 3)
    assert "no" in ready.ada("logs", task).out


DEEP = "i=0; while [ $i -lt 1500 ]; do mkdir d; cd d; i=$((i+1)); done; touch f"


@pytest.mark.slow
@pytest.mark.parametrize("where", [".", "$HOME"])
def test_folders_in_folders_without_end_end_their_run_and_no_worker(
    ready: Team, where: str
) -> None:
    task = queued(ready.ada, command=f"cd {where}; {DEEP}")
    try:
        told = worked(ready.bob, code=1 if where == "." else 0)
        assert f"{task[:8]} is {'failed' if where == '.' else 'ready'}" in told.out
        other = queued(ready.ada, command=WORKS)
        assert f"{other[:8]} is ready" in worked(ready.bob).out
    finally:  # what clears up after tests follows them no further
        subprocess.run(["rm", "-rf", ready.bob.path.parent / "worker"], check=True)


def test_no_password_of_a_url_is_in_the_name_of_a_folder(tmp_path: Path) -> None:
    word = "ABCDEFGHij0123456789"
    places = {home(f"https://{who}gitlab.example/o/r", tmp_path) for who in (f"o:{word}@", "")}
    assert len(places) == 2
    assert not any(word in str(place) for place in places)


@pytest.mark.slow
def test_send_and_resume_queue_it_again(ready: Team) -> None:
    task = queued(ready.ada, command='echo "$PHC_PROMPT" >> said')
    worked(ready.bob)
    ready.ada("send", "-d", task, "more")
    assert beside(ready, task)["queue"]
    worked(ready.bob, state="another")
    ready.ada("resume", "-d", task)
    worked(ready.bob)
    ready.ada("sync")
    ready.ada("pick", task)
    said = (Path(ready.ada.show(task)["worktree"]) / "said").read_text().splitlines()
    assert len(said) == 3
    assert said[1] == "more"


def test_what_only_waits_is_stopped_at_once(ready: Team) -> None:
    task = queued(ready.ada, command=WORKS)
    ready.ada("stop", task)
    assert ready.ada.show(task)["status"] == "cancelled"
    assert not beside(ready, task)["queue"]
    assert "Nothing waits" in worked(ready.bob).err


def test_one_takes_it_out_of_the_queue_to_work_on_it_here(ready: Team) -> None:
    task = queued(ready.ada, command=WORKS)
    ready.ada("pick", task)
    assert not beside(ready, task)["queue"]
    assert Path(ready.ada.show(task)["worktree"]).is_dir()
    assert "Nothing waits" in worked(ready.bob).err


def test_a_worker_says_what_it_lacks(ready: Team) -> None:
    said = ready.bob("worker", "--once", "--sandbox", "none", code=1).err
    assert "nobody has said whose tasks this worker may run" in said
    assert "--trust-remote" in said
    assert "allowedSignersFile" in said


@pytest.mark.slow
def test_a_worker_needs_no_clone(ready: Team, tmp_path: Path) -> None:
    task = queued(ready.ada, command=WORKS)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    worked(ready.bob, "--remote", f"file://{ready.hub}", cwd=folder)
    ready.ada("sync")
    assert ready.ada.show(task)["status"] == "ready"
    assert "no URL" in worked(ready.bob, "--remote", "origin", cwd=folder, code=2).err


@pytest.mark.parametrize("words", [("--carry",), ("--remote", "origin")])
def test_what_is_for_the_cloud_is_refused_elsewhere(ready: Team, words: tuple[str, ...]) -> None:
    assert "cloud" in ready.ada("start", "x", *words, "--", "true", code=2).err


@pytest.mark.slow
def test_a_task_that_cannot_be_sent_is_kept(ready: Team) -> None:
    away = ready.hub.rename(ready.hub.with_name("away"))
    said = ready.ada("start", "x", "--mode", "cloud", "-d", "--", "true", code=1).err
    assert "waits for no worker yet" in said
    away.rename(ready.hub)
    task = json.loads(ready.ada("status", "--json").out)["tasks"][0]["id"]
    ready.ada("resume", "-d", task)
    worked(ready.bob)
    ready.ada("sync")
    assert ready.ada.show(task)["status"] == "ready"


@pytest.mark.slow
def test_what_fails_while_a_task_is_sent_is_told_as_that(ready: Team) -> None:
    (ready.ada.path / ".git/phc").mkdir(exist_ok=True)
    (ready.ada.path / ".git/phc/pending").write_text("no folder")
    said = ready.ada("start", "x", "--mode", "cloud", "--", "true", code=1).err
    assert "waits for no worker yet: the repository cannot be written to: file exists" in said
    assert "handoff" in said


@pytest.mark.slow
def test_to_the_cloud_and_back_with_all_that_is_not_committed(ready: Team) -> None:
    made = started(ready.ada)
    task, place = made["id"], Path(made["worktree"])
    (place / "staged").write_text("s")
    ready.ada.run_git(place, "add", "staged")
    before = files(place)
    said = ready.ada("handoff", task, "--to", "cloud", "-y").out
    assert "is handed to cloud" in said
    assert not place.exists()
    assert "cloud task already" in ready.ada("handoff", task, "--to", "cloud", code=1).err
    worked(ready.bob)
    ready.ada("sync")
    ready.ada("handoff", task, "--to", "worktree")
    place = Path(ready.ada.show(task)["worktree"])
    assert files(place) == before | {"README": b"first\nmore\nmore\n", "made.txt": b"made\n"}
    assert "A  staged" in ready.ada.run_git(place, "status", "--porcelain")


@pytest.mark.slow
def test_a_handover_to_the_cloud_that_was_cut_off_keeps_what_came_later(
    ready: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder stayed, somebody has gone on in it, and the command is typed again."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    made = started(ready.ada)
    task, place = made["id"], Path(made["worktree"])
    with monkeypatch.context() as patched:
        patched.setattr(handoff, "clear_away", interrupted)
        ready.ada("handoff", task, "--to", "cloud", "-y", code=130)
    assert ready.ada.show(task)["status"] == "queued"
    (place / "later").write_text("l")
    assert "its worktree is put away" in ready.ada("handoff", task, "--to", "cloud").out
    assert not place.exists()
    kept = ready.ada.git("rev-list", "--objects", layout.trash_ref(TaskId.parse(task)))
    assert [line for line in kept.splitlines() if line.endswith(("/later", " later"))]
    assert "cloud task already" in ready.ada("handoff", task, "--to", "cloud", code=1).err


@pytest.mark.slow
def test_from_the_queue_into_the_checkout(ready: Team) -> None:
    task = queued(ready.ada, command=WORKS)
    ready.ada("handoff", task, "--to", "local")
    shown = ready.ada.show(task)
    assert (shown["mode"], shown["status"]) == ("local", "ready")
    assert ready.ada.git("branch", "--show-current") == shown["branch"]


def test_without_a_sandbox_it_refuses_unless_that_is_said(ready: Team, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("git", "sh"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    words = ("worker", "--once", "--trust-remote", "--state", tmp_path / "state")
    said = ready.bob(*words, code=1, env={"PATH": str(tmp_path / "bin")}).err
    assert "the sandbox bubblewrap cannot work here" in said
    assert "--sandbox none" in said


def test_a_task_for_the_cloud_is_sent_and_not_waited_for(ready: Team) -> None:
    words = ("start", "--mode", "cloud", "first", "--", "true")
    said = ready.ada(*words)
    assert "Queued" in said.out
    assert "on origin, for a worker" in said.out


@pytest.mark.slow
def test_what_waits_and_is_not_to_be_had_is_told_once(ready: Team, tmp_path: Path) -> None:
    """Its maker has deleted it, and nobody has told the queue."""
    task = queued(ready.ada)
    ready.ada("delete", task)
    ready.ada("push", task)
    with worker(ready.hub, tmp_path / "one") as hand:
        until(lambda: "was not started" in hand.said)
        time.sleep(2)
        assert hand.said.count("was not started") == 1
