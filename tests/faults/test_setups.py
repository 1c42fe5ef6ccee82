"""A setup or a teardown in whose middle all is killed: nothing of it goes on unseen, and the
next command does it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import Stage, until
from tests.kit import ROOT, overlaid, run_program

pytestmark = pytest.mark.faults

DEV = ".phc/environments/dev.toml"
# It says who works, so that two at once would be seen.
SLOW = "[ -e busy ] && echo two; touch busy; echo begun; {wait}; rm busy; echo ended"


def trusted(stage: Stage, **scripts: str) -> None:
    (stage.repo / DEV).parent.mkdir(parents=True, exist_ok=True)
    lines = [f"[{name}]\nscript = '''\n{script}\n'''\n" for name, script in scripts.items()]
    (stage.repo / DEV).write_text("".join(lines))
    stage.ok("trust", DEV)


def begin(stage: Stage) -> str:
    """A task in the middle of its setup, which waits for the gate."""
    wait = f"while ! [ -e '{stage.gate}' ]; do sleep 0.05; done"
    trusted(stage, setup=SLOW.format(wait=wait))
    task = stage.start("echo agent", "-d")
    until(lambda: "begun" in stage.said(task))
    return task


@pytest.mark.parametrize("all_of_it", [False, True])
def test_a_setup_that_was_cut_off_runs_again(stage: Stage, all_of_it: bool) -> None:
    task = begin(stage)
    stage.supervisor(task).kill()
    while all_of_it and (left := stage.marked()):  # again: a shell may just have started another
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    until(lambda: stage.status(task) == "interrupted")
    orphans = stage.marked()
    assert bool(orphans) != all_of_it  # the setup itself goes on, and is seen to
    (stage.tree(task) / "busy").unlink()
    stage.ok("resume", "-d", task)
    until(lambda: stage.said(task).count("begun") == 2)
    assert not set(orphans) & set(stage.marked())
    stage.gate.touch()
    stage.ok("wait", task)
    assert stage.said(task) == "begun\nbegun\nended\nagent\n"


def test_stop_ends_a_setup_whose_supervisor_is_gone(stage: Stage) -> None:
    task = begin(stage)
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    stage.ok("stop", task)
    assert stage.marked() == []
    assert stage.status(task) == "cancelled"


def test_a_supervisor_that_is_told_to_end_ends_the_setup(stage: Stage) -> None:
    task = begin(stage)
    process = stage.supervisor(task)
    process.terminate()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert (stage.status(task), stage.marked()) == ("interrupted", [])
    (stage.tree(task) / "busy").unlink()
    stage.gate.touch()
    stage.ok("resume", task)
    assert stage.said(task).endswith("begun\nended\nagent\n")


def test_what_a_setup_left_outlives_a_killed_supervisor(stage: Stage) -> None:
    trusted(stage, setup="sleep 300 & echo $! > ../left")
    task = stage.start("[ -e on ] || { touch on; sleep 300; }", "-d")
    until((stage.tree(task) / "on").exists)
    server = int((stage.tree(task).parent / "left").read_text())
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")
    stage.ok("resume", task)
    assert server in stage.marked()
    stage.ok("done", task)
    assert stage.marked() == []


def test_done_that_is_killed_in_the_teardown_is_done_by_the_next(stage: Stage) -> None:
    where = stage.repo.parent / "torn"
    wait = f"[ -e '{stage.gate}' ] || sleep 300"
    trusted(stage, teardown=f"echo torn >> '{where}'; {wait}")
    task = stage.start("echo x > x")
    tree = stage.tree(task)
    argv = [sys.executable, "-m", "git_phc", "done", task]
    with subprocess.Popen(argv, cwd=stage.repo, env=overlaid(), stdout=subprocess.DEVNULL) as done:
        until(where.exists)
        done.kill()
    assert tree.is_dir()
    stage.gate.touch()
    stage.ok("done", task)
    assert (where.read_text(), tree.exists(), stage.marked()) == ("torn\ntorn\n", False, [])
    stage.ok("undo", task)
    assert (tree / "x").exists()


def test_ctrl_c_in_a_teardown_leaves_nothing_running(stage: Stage) -> None:
    where = Path(stage.repo.parent / "torn")
    trusted(stage, teardown=f"touch '{where}'; sleep 300")
    task = stage.start("true")
    argv = [sys.executable, "-m", "git_phc", "done", task]
    with subprocess.Popen(argv, cwd=stage.repo, env=overlaid(), stderr=subprocess.DEVNULL) as done:
        until(where.exists)
        done.send_signal(signal.SIGINT)
    assert done.returncode == 130
    until(lambda: stage.marked() == [])


INTERRUPTS = """
import os, signal, sys

def interrupt(frame, event, _):
    code = frame.f_code
    if event == "return" and code.co_name == "spawn_group" and "done" in sys.argv:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)

sys.setprofile(interrupt)
"""


def test_ctrl_c_before_we_hold_a_teardown_that_has_begun_ends_it(
    stage: Stage, tmp_path: Path
) -> None:
    """In the one moment in which it runs, and nobody has it in hand."""
    trusted(stage, teardown="sleep 300")
    task = stage.start("true")
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTS)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    words = [sys.executable, "-m", "git_phc", "done", task]
    done = run_program(words, cwd=stage.repo, env={"PYTHONPATH": path})
    assert done.code == 130, done
    assert stage.marked() == []
    assert stage.tree(task).exists()
