"""A stage whose `git phc` is on PATH, as hooks look for it, and keeps count of its starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.kit import ROOT, MakeRepo, Phc, Processes, RunGit

Starts = Callable[[], list[str]]


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starts:
    """The words of each start of `git-phc` since the last question."""
    log, folder = tmp_path / "starts", tmp_path / "bin"
    folder.mkdir()
    program = folder / "git-phc"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {log}\nPYTHONPATH={ROOT} exec {sys.executable} -m git_phc "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def told() -> list[str]:
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    return told


@pytest.fixture
def stage(
    starts: Starts, make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes
) -> Stage:
    """See `Stage`; its repository has our hooks."""
    stage = Stage(make_repo(), phc, git, processes)
    stage.ok("hooks", "install")
    return stage
