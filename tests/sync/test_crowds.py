"""Many workers at one remote: what each job has done is done once, and ends once.

In CI with few workers and tasks. With PHC_CROWD=full: 16 workers and 100 tasks over file, 8 and 40
over HTTP.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.stage import until
from tests.kit import chance
from tests.sync.servers import KINDS
from tests.sync.team import Mate, Team
from tests.sync.test_handing_over import ready
from tests.sync.workers import queued, quick_lease, tasks_there, worker

__all__ = ["ready"]
pytestmark = [pytest.mark.races, pytest.mark.timeout(1800)]

FULL = os.environ.get("PHC_CROWD") == "full"
CROWDS = {"file": (16, 100) if FULL else (4, 10), "http": (8, 40) if FULL else (3, 6)}
KILLED = (8, 40) if FULL else (3, 6)
PATIENCE = 1500.0 if FULL else 300.0


def events(mate: Mate, task: str, kind: str) -> int:
    """How many events of a kind the task's history holds."""
    log = mate.git("log", "--format=%(trailers:key=Phc-Event,valueonly)", f"refs/phc/tasks/{task}")
    return log.split().count(kind)


def all_over(team: Team) -> bool:
    return not tasks_there(team, "queue") and not tasks_there(team, "lease")


@pytest.mark.parametrize("kind", CROWDS)
def test_each_task_is_run_exactly_once(ready: Team, tmp_path: Path, kind: str) -> None:
    workers, count = CROWDS[kind]
    done = tmp_path / "done"
    tasks = [queued(ready.ada, command=f"echo $PHC_TASK >> '{done}'") for _ in range(count)]
    with KINDS[kind](ready.hub, tmp_path) as served, ExitStack() as crew:
        for number in range(workers):
            crew.enter_context(worker(served.url, tmp_path / f"w{number}", env=served.env))
        until(lambda: all_over(ready), seconds=PATIENCE, what=f"{tasks_there(ready, 'queue')}")
    assert sorted(done.read_text().split()) == sorted(tasks)
    ready.ada("sync")
    assert {ready.ada.show(task)["status"] for task in tasks} == {"ready"}
    assert {(events(ready.ada, task, "claimed")) for task in tasks} == {1}


def test_killed_at_random_each_ends_exactly_once(ready: Team, home: Path, tmp_path: Path) -> None:
    """A job may be begun more than once, but there is one end, one branch and one chain of work."""
    chosen = chance()
    quick_lease(home)
    workers, count = KILLED
    command = "sleep 0.5; echo $PHC_TASK > file; git add file; git commit -q --allow-empty -m done"
    tasks = [queued(ready.ada, command=command) for _ in range(count)]
    kills = 2 * workers
    with ExitStack() as held:
        crew = [held.enter_context(worker(ready.hub, tmp_path / f"w{n}")) for n in range(workers)]
        deadline = time.monotonic() + PATIENCE
        while not all_over(ready):
            assert time.monotonic() < deadline, (
                tasks_there(ready, "queue"),
                [h.said for h in crew],
            )
            time.sleep(chosen.uniform(0.5, 2))
            if kills:
                kills -= 1
                number = chosen.randrange(workers)
                crew[number].kill()
                crew[number] = held.enter_context(worker(ready.hub, tmp_path / f"w{number}"))
    ready.ada("sync")
    for task in tasks:
        shown = ready.ada.show(task)
        assert (shown["status"], events(ready.ada, task, "run_ended")) == ("ready", 1)
        assert ready.run_git(ready.hub, "show", f"{shown['branch']}:file") == task
        ready.ada("pick", task)
        place = Path(ready.ada.show(task)["worktree"])
        assert (place / "file").read_text() == f"{task}\n"
    subprocess.run(["git", "-C", ready.hub, "fsck", "--no-progress"], check=True)
