"""The teardown of an environment in the cloud: when it runs, where, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import until
from tests.sandboxes.yard import require_bubblewrap
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import ready
from tests.sync.test_worker import worked
from tests.sync.workers import queued, quick_lease, status_there, tasks_there, worker

__all__ = ["ready"]

pytestmark = pytest.mark.slow


def environment(team: Team, text: str) -> None:
    """What the commit at which tasks begin says of it."""
    folder = team.ada.path / ".phc" / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dev.toml").write_text(f"name = 'Dev'\n{text}\n")
    for words in (("add", "-A"), ("commit", "-qm", "environment"), ("push", "-q")):
        team.run_git(team.ada.path, *words)


def teardown(team: Team, script: str, more: str = "") -> None:
    environment(team, f"[teardown]\nscript = '''{script}'''\n{more}")


def log(mate: Mate, task: str) -> str:
    mate("sync")
    mate("pull", task)
    return mate("logs", task).out


def test_it_runs_when_the_work_is_kept_and_is_in_the_log(ready: Team, tmp_path: Path) -> None:
    told = tmp_path / "told"
    teardown(ready, f"cat made; pwd > {told}; echo gone > made; echo took it down")
    task = queued(ready.ada, command="echo made > made")
    done = worked(ready.bob)
    assert f"{task[:8]} is ready" in done.out
    said = log(ready.ada, task)
    assert "── teardown of Dev\nmade\ntook it down\n── teardown of Dev ended well" in said
    place = Path(told.read_text().strip())
    assert place.parent.name.endswith(".places")
    assert not place.exists()
    assert "the teardown" not in ready.ada("status", task).out
    ready.ada("pick", task)
    assert (Path(ready.ada.show(task)["worktree"]) / "made").read_text() == "made\n"


@pytest.mark.parametrize(
    ("script", "more", "why"),
    [
        ("echo almost; exit 3", "", "failed with exit code 3: almost"),
        ("sleep 100", "timeout = 1", "was ended, since it took longer than 1 seconds"),
        ("#!/no/such/program", "", "could not be started: no such file or directory"),
    ],
)
def test_a_failure_is_told_and_the_run_ends(ready: Team, script: str, more: str, why: str) -> None:
    teardown(ready, script, more)
    task = queued(ready.ada, command="echo made > made")
    assert f"{task[:8]} is ready" in worked(ready.bob).out
    said = log(ready.ada, task)
    assert f"── teardown of Dev {why.partition(': almost')[0]}" in said
    assert ready.ada.show(task)["status"] == "ready"
    assert f"the teardown of Dev {why}" in ready.ada("status", task).out


@pytest.mark.parametrize(("command", "code"), [("exit 3", 3), ("true", 4)])
def test_it_runs_after_a_run_that_failed_and_after_a_setup_that_did(
    ready: Team, tmp_path: Path, command: str, code: int
) -> None:
    setup = f"[setup]\nscript = 'exit {4 if code == 4 else 0}'"
    teardown(ready, f"echo x >> {tmp_path}/told", setup)
    task = queued(ready.ada, command=command)
    worked(ready.bob, code=1)
    assert (tmp_path / "told").read_text() == "x\n"
    assert "── teardown of Dev ended well" in log(ready.ada, task)
    assert ready.ada.show(task)["run"]["exit_code"] == code


def test_it_runs_in_the_sandbox(ready: Team, tmp_path: Path) -> None:
    require_bubblewrap(as_root=True)
    teardown(ready, f"echo in $PHC_SANDBOX; touch {tmp_path}/evil; curl -s http://far.example/")
    task = queued(ready.ada, command="true")
    worked(ready.bob, "--sandbox", "bubblewrap")
    said = log(ready.ada, task)
    assert "in bubblewrap" in said
    assert said.count("it works in the sandbox") == 1
    assert not (tmp_path / "evil").exists()
    assert ready.ada.show(task)["denied"]["what"] == "far.example:80"


def test_a_message_that_comes_meanwhile_is_for_a_run_with_a_workspace(
    ready: Team, tmp_path: Path
) -> None:
    """One that was taken down is none: the task waits for a worker again, with the message."""
    wait = f"touch {tmp_path}/there; while test ! -e {tmp_path}/go; do sleep 0.1; done"
    teardown(ready, f"echo gone > made; {wait}")
    task = queued(
        ready.ada, command='echo "$PHC_PROMPT" >> said; cat made >> said; echo made > made'
    )
    with worker(ready.hub, tmp_path / "one"):
        until((tmp_path / "there").exists)
        ready.ada("send", "-d", task, "more")
        (tmp_path / "go").touch()
        until(lambda: status_there(ready.ada, task) == "ready", seconds=60)
    ready.ada("pick", task)
    said = (Path(ready.ada.show(task)["worktree"]) / "said").read_text()
    assert said.splitlines()[1:] == ["more", "made"]


def test_a_worker_that_is_told_to_stop_takes_it_down_and_gives_it_back(
    ready: Team, tmp_path: Path
) -> None:
    teardown(ready, f"echo x >> {tmp_path}/told")
    task = queued(ready.ada, command=f"touch {tmp_path}/there; sleep 100")
    with worker(ready.hub, tmp_path / "one") as hand:
        until((tmp_path / "there").exists)
        assert hand.stop() == 0
    assert (tmp_path / "told").read_text() == "x\n"
    assert tasks_there(ready, "queue") == [task]
    assert "── teardown of Dev ended well" in log(ready.ada, task)


def test_what_a_killed_run_has_left_is_taken_down_with_its_clone(
    ready: Team, tmp_path: Path, home: Path
) -> None:
    """Another worker has gone on; the clone goes when the first one has the task again."""
    quick_lease(home)
    teardown(ready, f"echo in $PWD >> {tmp_path}/told; exit 3")
    command = f"test -e {tmp_path}/there || {{ touch {tmp_path}/there; sleep 100; }}"
    task = queued(ready.ada, command=command)
    with worker(ready.hub, tmp_path / "one") as hand:
        until((tmp_path / "there").exists)
        hand.kill()
    with worker(ready.hub, tmp_path / "two"):
        until(lambda: status_there(ready.ada, task) == "ready", seconds=60)
    ready.ada("send", "-d", task, "more")
    with worker(ready.hub, tmp_path / "one") as hand:
        until(lambda: status_there(ready.ada, task) == "ready", seconds=60)
        assert f"{task[:8]}: the teardown of Dev failed with exit code 3; what it" in hand.said
    places = [
        Path(line.removeprefix("in ")) for line in (tmp_path / "told").read_text().split("\n")
    ]
    assert [place.parent.parent.name for place in places] == ["two", "one", "one", ""]
