"""`hooks install` and `uninstall`, killed at each step: what was there goes on running."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.hooks.test_others import TELL, put, whole
from tests.kill.walk import Place, learn
from tests.kit import MakeRepo, Phc, Processes, RunGit, run_program

pytestmark = pytest.mark.faults

# A git that kills who has started it, before or after the Nth change of a setting.
KILLER = """#!/bin/sh
case "$*" in
  *"config --local --replace-all"* | *"config --local --unset-all"*)
    count=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1))
    echo $count > "$COUNT"
    [ "$count.before" = "$AT" ] && kill -9 $PPID
    {git} "$@"
    code=$?
    [ "$count.after" = "$AT" ] && kill -9 $PPID
    exit $code ;;
esac
exec {git} "$@"
"""


@pytest.fixture
def places(
    make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes, tmp_path: Path
) -> Places:
    return Places(make_repo, phc, git, processes, tmp_path)


class Places:
    """Repositories with hooks of their own, one like the other."""

    def __init__(
        self, make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes, tmp_path: Path
    ) -> None:
        self._make, self._rest, self._tmp = make_repo, (phc, git, processes), tmp_path

    def make(self, name: str, how: str, verb: str) -> Stage:
        stage = Stage(self._make(name), *self._rest)
        for hook in ("post-commit", "pre-commit"):
            put(stage.repo / (".git/hooks" if how == "own" else "ci") / hook, TELL)
        if how == "path":
            stage.git("config", "core.hooksPath", "ci")
        stage.ok("hooks", "install")  # the settings' file takes its form, and the lock its place
        stage.ok("hooks", "uninstall")
        if verb == "uninstall":
            stage.ok("hooks", "install")
        return stage

    def check(self, stage: Stage, how: str) -> None:
        log = self._tmp / "log"
        log.unlink(missing_ok=True)
        done = run_program(
            ["git", "commit", "-q", "--allow-empty", "-m", "x"],
            cwd=stage.repo,
            env={"LOG": str(log)},
        )
        assert (done.code, done.err) == (0, "")
        assert [line.partition("|")[0] for line in log.read_text().splitlines()] == [
            "pre-commit", "post-commit",
        ]  # fmt: skip
        stage.ok("hooks", "install")
        stage.ok("hooks", "status")
        stage.ok("hooks", "uninstall")
        before, path = whole(stage), "" if how == "own" else "ci"
        assert stage.git("config", "core.hooksPath", check=False) == path
        assert not [name for name in os.listdir(stage.repo / ".git") if "phc-hooks" in name]
        assert before == whole(stage)


@pytest.mark.parametrize("verb", ["install", "uninstall"])
@pytest.mark.parametrize("how", ["own", "path"])
def test_killed_between_two_files(how: str, verb: str, places: Places, tmp_path: Path) -> None:
    stage = places.make("learn", how, verb)
    steps = learn(_place(stage), ["hooks", verb], tmp_path / "steps")
    assert len(steps) > 3
    for at, step in enumerate(steps):
        stage = places.make(f"walk{at}", how, verb)
        _place(stage).killed(["hooks", verb], {"WALK_KILL": str(step)})
        places.check(stage, how)


def _place(stage: Stage) -> Place:
    return Place(stage.repo, stage.phc)


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_killed_between_two_settings(verb: str, places: Places, tmp_path: Path) -> None:
    real = run_program(["sh", "-c", "command -v git"]).out.strip()
    killer = put(tmp_path / "killer/git", KILLER.replace("{git}", real))
    path = f"{killer.parent}{os.pathsep}{os.environ['PATH']}"
    killed = 0
    for at in range(1, 4):
        for when in ("before", "after"):
            stage = places.make(f"walk{at}{when}", "path", verb)
            count = tmp_path / f"count{at}{when}"
            env = {"PATH": path, "COUNT": str(count), "AT": f"{at}.{when}"}
            _place(stage).killed(["hooks", verb], env)
            killed += count.read_text().strip() == str(at)
            places.check(stage, "path")
    assert killed == 6
