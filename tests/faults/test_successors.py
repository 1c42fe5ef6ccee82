"""A supervisor that was started ahead: it takes over when it is told, or it was never there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from git_phc.services import spawn
from tests.e2e.stage import Stage, until
from tests.kill.walk import SITE
from tests.kit import ROOT, run_program

pytestmark = pytest.mark.faults
START = (sys.executable, "-m", "git_phc", "start", "-q", "x", "--", "echo", "said")


def supervisors(stage: Stage) -> list[psutil.Process]:
    """Those that live, for tasks of this repository."""
    mine = str(stage.repo / ".git")
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if {"git_phc.run", mine} <= set(one.info["cmdline"] or ())]


def test_one_whose_command_was_killed_ends_and_holds_nothing(stage: Stage) -> None:
    stage.git("config", "phc.pool", "0")
    log = stage.repo.parent / "steps"
    path = {"PYTHONPATH": os.pathsep.join([str(SITE), str(ROOT)])}
    run_program(START, cwd=stage.repo, env={**path, "WALK_LOG": str(log)})
    (first,) = stage.ok("status", "-q").out.split()
    stage.ok("delete", first)
    step = next(line for line in log.read_text().splitlines() if ".add_worktree <" in line)
    run_program(START, cwd=stage.repo, env={**path, "WALK_KILL": f"1 {step}"})
    (task,) = stage.ok("status", "-q").out.split()
    stage.ok("resume", "-q", task)  # at once: the other one may live still, and holds no lock
    assert stage.said(task) == "said\n"
    until(lambda: supervisors(stage) == [])
    assert list((stage.repo / ".git/phc/runs").iterdir()) == []


def test_one_whose_workspace_could_not_be_made_leaves_nothing(stage: Stage) -> None:
    stage.git("config", "phc.worktreeDir", str(stage.repo / "README.md"))
    assert stage.phc("start", "-q", "x", "--", "true", cwd=stage.repo).code == 1
    assert supervisors(stage) == []
    assert list((stage.repo / ".git/phc/runs").iterdir()) == []
    (task,) = stage.ok("status", "-q").out.split()
    assert stage.status(task) == "failed"


def test_one_that_cannot_begin_is_told_of(stage: Stage) -> None:
    """Its words are in the log that is named."""
    broken = {"PYTHONPATH": str(ROOT), "PYTHONHOME": "/nowhere"}
    done = stage.phc("start", "-q", "x", "--", "true", cwd=stage.repo, env=broken)
    assert done.code == 1
    assert "the supervisor did not start (exit code 1)" in done.err
    log = done.err.partition("Its last words are in ")[2].partition(";")[0]
    assert "No module named 'encodings'" in Path(log).read_text()


def test_one_that_says_nothing_is_ended(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = 'import sys, time\nif "git_phc.run" in sys.orig_argv:\n    time.sleep(300)\n'
    (tmp_path / "sitecustomize.py").write_text(hangs)
    path = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    monkeypatch.setattr(spawn, "PATIENCE", 0.5)
    monkeypatch.setattr(spawn, "GOODBYE", 0.1)
    done = stage.phc("start", "-q", "x", "--", "true", cwd=stage.repo, env=path)
    assert done.code == 1
    assert "the supervisor was ended, for it said nothing" in done.err
    assert supervisors(stage) == []
    (task,) = stage.ok("status", "-q").out.split()
    assert stage.status(task) == "failed"
    stage.ok("resume", "-q", task)
    assert stage.status(task) == "ready"
