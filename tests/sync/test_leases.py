"""A worker dies, sleeps, comes back late, loses the remote: the task is nobody's but one's."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.stage import until
from tests.sync.team import Team
from tests.sync.test_claims import claims, cut
from tests.sync.test_handing_over import ready
from tests.sync.workers import (
    Hand,
    queued,
    quick_lease,
    status_there,
    tasks_there,
    until_status,
    worker,
)

__all__ = ["ready"]
pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def quick(ready: Team, home: Path) -> Team:
    quick_lease(home)
    return ready


def gated(runs: Path, gate: Path) -> str:
    """A command that says that it has begun, and goes on when the gate is open."""
    return f"echo begun >> '{runs}'; while ! [ -e '{gate}' ]; do sleep 0.1; done; echo ended >> out"


def begun(runs: Path, times: int = 1) -> None:
    until(lambda: runs.exists() and runs.read_text().count("begun") >= times)


def test_a_worker_that_dies_is_followed_by_another(quick: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=gated(runs, gate))
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        first.kill()
    with worker(quick.hub, tmp_path / "two") as second:
        begun(runs, 2)
        gate.touch()
        until_status(quick.ada, task, "ready")
        assert "whose worker is silent" in second.said
    assert tasks_there(quick, "lease") == []
    assert claims(quick.ada, task) == 2


def test_a_worker_that_is_started_again_need_not_wait(ready: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(ready.ada, command=gated(runs, gate))
    with worker(ready.hub, tmp_path / "one") as first:
        begun(runs)
        first.kill()
    with worker(ready.hub, tmp_path / "one") as again:  # its lease has four minutes left
        begun(runs, 2)
        gate.touch()
        until_status(ready.ada, task, "ready")
        assert "which was left here" in again.said


def test_a_supervisor_outlives_its_worker(ready: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(ready.ada, command=gated(runs, gate))
    with worker(ready.hub, tmp_path / "one") as first:
        begun(runs)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        with worker(ready.hub, tmp_path / "one") as again:
            until(lambda: "goes on here" in again.said)
            gate.touch()
            until_status(ready.ada, task, "ready")
            until(lambda: "is ready" in again.said)
    assert runs.read_text() == "begun\n"


def test_a_zombie_that_comes_back_changes_nothing(quick: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=gated(runs, gate))
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        (sleeper,) = first.supervisors()
        os.kill(first.process.pid, signal.SIGKILL)
        sleeper.suspend()
        with worker(quick.hub, tmp_path / "two"):
            begun(runs, 2)
            gate.touch()
            until_status(quick.ada, task, "ready")
            then = {kind: quick.there(task, kind) for kind in ("tasks", "work", "runs")}
            sleeper.resume()
            sleeper.wait(30)
            assert then == {kind: quick.there(task, kind) for kind in then}
        aside = quick.run_git(first.repo, "for-each-ref", f"refs/phc/aside/{task}")
        assert f"aside/{task}/tasks-" in aside
    assert status_there(quick.ada, task) == "ready"
    assert tasks_there(quick, "lease") == []


def test_sigterm_gives_the_task_back_with_what_was_done(ready: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(ready.ada, command=f"echo half >> kept; {gated(runs, gate)}")
    with worker(ready.hub, tmp_path / "one") as first:
        begun(runs)
        assert first.stop() == 0
    assert (tasks_there(ready, "queue"), tasks_there(ready, "lease")) == ([task], [])
    assert status_there(ready.ada, task) == "queued"
    assert "was told to stop" in ready.ada.show(task)["reason"]
    gate.touch()
    with worker(ready.hub, tmp_path / "two"):
        until_status(ready.ada, task, "ready")
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    assert (place / "kept").read_text() == "half\nhalf\n"


@pytest.mark.parametrize("seconds", [0, 60])
def test_the_run_goes_on_while_the_remote_is_away(
    quick: Team, tmp_path: Path, seconds: float
) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=gated(runs, gate))
    away = quick.hub.with_name("away")
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        quick.hub.rename(away)
        gate.touch()
        logs = list(first.repo.glob("phc/runs/*/supervisor.log"))
        until(lambda: any("not in touch" in log.read_text() for log in logs))
        time.sleep(seconds)  # many leases long
        away.rename(quick.hub)
        until_status(quick.ada, task, "ready")
    assert runs.read_text() == "begun\n"
    assert claims(quick.ada, task) == 1


def test_a_branch_that_a_hook_rejects_is_told_and_all_else_arrives(
    ready: Team, tmp_path: Path
) -> None:
    task = queued(ready.ada, command="echo x > x; git add x; git commit -qm x; echo more > y")
    hook = ready.hub / "hooks" / "update"
    hook.write_text(
        "#!/bin/sh\ncase $1 in refs/heads/phc/*) echo no such branches >&2; exit 1;; esac\n"
    )
    hook.chmod(0o755)
    with worker(ready.hub, tmp_path / "one"):
        until_status(ready.ada, task, "ready")
    reason = ready.ada.show(task)["reason"]
    assert "hook declined" in reason
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    assert (place / "y").read_text() == "more\n"
    assert ready.ada.run_git(place, "log", "-1", "--format=%s") == "x"


def test_workers_clocks_a_day_apart_change_nothing(quick: Team, tmp_path: Path) -> None:
    """The wall clock, that is: leases are watched by one that only grows."""
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=gated(runs, gate))
    with worker(quick.hub, tmp_path / "one", env=shifted(tmp_path, -DAY)) as first:
        begun(runs)
        with worker(quick.hub, tmp_path / "two", env=shifted(tmp_path, DAY)) as second:
            time.sleep(6)  # two leases: of one who lives nobody takes it
            assert runs.read_text() == "begun\n"
            first.kill()
            begun(runs, 2)
            gate.touch()
            until_status(quick.ada, task, "ready")
            assert "whose worker is silent" in second.said
        assert begun_on(first) != begun_on(second)
    assert claims(quick.ada, task) == 2


def begun_on(hand: Hand) -> str:
    """The day on which a worker says that it has started the task."""
    return next(
        line[:10] for line in hand.said.splitlines() if " starts" in line or "silent" in line
    )


def shifted(room: Path, seconds: int) -> dict[str, str]:
    """An environment in which our programs see another time of day."""
    site = room / f"site{seconds}"
    site.mkdir()
    code = f"import time\nreal = time.time\ntime.time = lambda: real() + {seconds}\n"
    (site / "sitecustomize.py").write_text(code)
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path}


def test_a_claim_whose_answer_is_lost_is_found_there(ready: Team, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    task = queued(ready.ada, command=f"echo run >> '{runs}'")
    hook = cut(ready, f"echo >> '{tmp_path}/cuts'; kill -9 $PPID")
    with worker(ready.hub, tmp_path / "one"):
        until((tmp_path / "cuts").exists)
        hook.unlink()
        until_status(ready.ada, task, "ready")
    assert runs.read_text() == "run\n"


def test_a_message_at_the_very_end_is_not_left_behind(quick: Team, tmp_path: Path) -> None:
    """It comes to the remote after the worker's last look, and before its last push."""
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=f'echo "$PHC_PROMPT" >> said; {gated(runs, gate)}')
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        (sleeper,) = first.supervisors()
        sleeper.suspend()
        gate.touch()
        quick.ada("send", "-d", task, "and more")
        sleeper.resume()
        until_status(quick.ada, task, "ready")
    quick.ada("pick", task)
    assert "and more" in (Path(quick.ada.show(task)["worktree"]) / "said").read_text()


def test_it_is_followed_spoken_to_and_stopped_from_afar(quick: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=f"echo so far so good; {gated(runs, gate)}")
    with worker(quick.hub, tmp_path / "one"):
        begun(runs)
        until(lambda: status_there(quick.ada, task) == "running")
        until(lambda: "so far" in quick.ada("logs", task).out)
        quick.ada("stop", task)
        until_status(quick.ada, task, "cancelled")
    assert tasks_there(quick, "lease") == []


@pytest.mark.parametrize("next_one", ["one", "two"])
def test_a_stop_that_a_dead_worker_never_heard_ends_the_task(
    quick: Team, tmp_path: Path, next_one: str
) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=f"echo half >> kept; {gated(runs, gate)}")
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        until_status(quick.ada, task, "running")
        first.kill()
    with ThreadPoolExecutor() as aside:
        stopped = aside.submit(quick.ada, "stop", task)
        until(lambda: "stop" in quick.run_git(quick.hub, "log", "--format=%s", quick.there(task)))
        with worker(quick.hub, tmp_path / next_one):
            until_status(quick.ada, task, "cancelled")
        assert stopped.result(60).code == 0
    assert "stopped by Ada" in quick.ada.show(task)["reason"]
    assert runs.read_text() == "begun\n"  # the other one has not run it
    assert (tasks_there(quick, "lease"), claims(quick.ada, task)) == ([], 2)


def test_a_silent_worker_is_seen_from_afar(quick: Team, tmp_path: Path) -> None:
    runs, gate = tmp_path / "runs", tmp_path / "gate"
    task = queued(quick.ada, command=gated(runs, gate))
    with worker(quick.hub, tmp_path / "one") as first:
        begun(runs)
        until_status(quick.ada, task, "running")
        first.kill()
    until_status(quick.ada, task, "stale")
    assert "stale" in quick.ada("status").out
    gate.touch()
    with worker(quick.hub, tmp_path / "two"):
        until_status(quick.ada, task, "ready")


@pytest.mark.parametrize("words", [("attach",), ("logs", "-f")])
def test_what_still_waits_is_followed_from_its_first_word(
    quick: Team, tmp_path: Path, words: tuple[str, ...]
) -> None:
    task = queued(quick.ada, command="echo first word; sleep 1; echo last word")
    with ThreadPoolExecutor() as aside:
        followed = aside.submit(quick.ada, *words, task)
        with worker(quick.hub, tmp_path / "one"):
            said = followed.result(60).out
    assert "first word" in said
    assert "last word" in said
