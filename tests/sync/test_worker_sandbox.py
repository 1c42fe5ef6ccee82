"""A task of the cloud in the worker's sandbox, for real."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.kit import require, run_program, unavailable
from tests.sandboxes.yard import require_bubblewrap
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_teardown import environment
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

pytestmark = pytest.mark.slow
HIDE = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
APART = ("unshare", "--mount", "sh", "-c", HIDE, "sh")


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap(as_root=True)


def test_it_works_commits_and_sees_nothing_of_the_worker(ready: Team) -> None:
    other = ready.bob.path.parent / "outside"
    other.write_text("swordfish\n")
    command = f"""
        echo made > made; git add made && git commit -qm 'Made inside'
        echo loose > loose
        echo in $PHC_SANDBOX
        cat {other}; ls {ready.bob.path}; git push -q origin HEAD:x; git config --list
        ls -d {ready.bob.path.parent}/worker/*.git; touch {other}.touched
        true
    """
    task = queued(ready.ada, command=command)
    done = worked(ready.bob, "--sandbox", "bubblewrap")
    assert f"{task[:8]} is ready" in done.out, done
    ready.ada("sync")
    ready.ada("pull", task)
    said = ready.ada("logs", "--raw", task).out
    assert "in bubblewrap" in said
    assert "swordfish" not in said
    assert str(ready.hub) not in said.replace(command, "")
    assert not Path(f"{other}.touched").exists()
    shown = ready.ada.show(task)
    assert ready.run_git(ready.hub, "log", "-1", "--format=%s", shown["branch"]) == "Made inside"
    ready.ada("pick", task)
    assert (Path(ready.ada.show(task)["worktree"]) / "loose").read_text() == "loose\n"


def test_a_limit_and_an_image_that_cannot_be_had_are_told_on_the_task(ready: Team) -> None:
    environment(ready, "[cloud]\nimage = 'localhost/none'")
    task = queued(ready.ada)
    done = worked(ready.bob, "--sandbox", "bubblewrap", code=1)
    assert "is failed" in done.out or "failed" in done.out, done
    ready.ada("sync")
    shown = ready.ada("status", task).out
    assert "podman is not on PATH" in shown or "localhost/none is not on this machine" in shown


@pytest.mark.parametrize(
    ("limit", "command", "why"),
    [
        ("time = '2s'", "sleep 300", "a run may last 2 seconds in its sandbox, and this one has"),
        (
            "disk = '8m'",
            "head -c 20M /dev/urandom > ~/big; sleep 300",
            "a run may add 8388608 bytes to the disk in its sandbox, and this one has added 2",
        ),
    ],
)
def test_who_goes_past_a_limit_is_ended_and_the_task_says_so(
    ready: Team, limit: str, command: str, why: str
) -> None:
    environment(ready, f"[cloud]\n{limit}")
    task = queued(ready.ada, command=f"echo work > made; {command}")
    done = worked(ready.bob, "--sandbox", "bubblewrap", code=1)
    assert f"{task[:8]} is failed ({why}" in done.out, done
    ready.ada("sync")
    shown = ready.ada.show(task)
    assert (shown["status"], shown["denied"]["what"]) == ("failed", "more of the machine")
    assert shown["reason"].startswith(why)
    ready.ada("pick", task)  # what it has made is not lost
    assert (Path(ready.ada.show(task)["worktree"]) / "made").read_text() == "work\n"


def test_what_its_owner_has_chosen_gives_way_to_no_task(ready: Team) -> None:
    """A sandbox of another kind may be the weaker one; only a task may ask for more than none."""
    require("podman")
    task = queued(ready.ada, "--sandbox", "bubblewrap", command="touch it")
    done = worked(ready.bob, "--sandbox", "podman", code=1)
    assert "this worker's owner has chosen podman" in done.out, done
    ready.ada("sync")
    assert ready.ada.show(task)["status"] == "failed"
    ready.ada("resume", "-d", task)
    assert f"{task[:8]} is ready" in worked(ready.bob, "--sandbox", "none").out
    ready.ada("sync")
    assert "it works in the sandbox bubblewrap" in ready.ada("logs", task).out


def test_a_setup_that_fails_in_the_sandbox_is_told_and_no_agent_starts(
    ready: Team, tmp_path: Path
) -> None:
    setup = f"echo in $PHC_SANDBOX; touch {tmp_path}/evil || true\ncat {tmp_path}/there; echo more"
    environment(ready, f"[setup]\nscript = '''{setup}'''")
    (tmp_path / "there").touch()
    task = queued(ready.ada, command="echo the agent")
    done = worked(ready.bob, "--sandbox", "bubblewrap", code=1)
    why = f"the setup of Dev failed with exit code 1: cat: {tmp_path}/there: No such file"
    assert f"{task[:8]} is failed ({why}" in done.out, done
    ready.ada("sync")
    assert ready.ada.show(task)["status"] == "failed"
    assert why in ready.ada("status", task).out
    ready.ada("pull", task)
    said = ready.ada("logs", task).out
    assert "in bubblewrap\n" in said
    assert "more\n" not in said
    assert "the agent" not in said
    assert not (tmp_path / "evil").exists()


def test_a_limit_that_cannot_be_set_refuses_the_run(ready: Team, tmp_path: Path) -> None:
    """On a machine where no group of processes can be made."""
    require("unshare")
    if run_program([*APART, "true"]).code:
        unavailable("nobody may hide the groups of processes here")
    environment(ready, "[cloud]\nmemory = '1g'\ncpus = 2")
    task = queued(ready.ada, command=f"touch {tmp_path}/ran")
    words = ("worker", "--once", "--trust-remote", "--state", tmp_path / "state")
    done = run_program([*APART, sys.executable, "-m", "git_phc", *words], cwd=ready.bob.path)
    assert done.code == 1, done
    ready.ada("sync")
    assert ready.ada.show(task)["status"] == "failed"
    why = "memory and processors"
    assert why in ready.ada("status", task).out
    assert "cannot be limited here: no cgroup can be made" in ready.ada("status", task).out
    assert not (tmp_path / "ran").exists()
