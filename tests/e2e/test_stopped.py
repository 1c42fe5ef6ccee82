"""What a sandbox has stopped, and is known outside: each is an event on the task."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.host.process import marked
from git_phc.plugins.sandboxes import Limits
from git_phc.sandboxes.cgroups import make_group
from tests.e2e.stage import Stage
from tests.kit import unavailable
from tests.sandboxes.yard import require_bubblewrap

IN = ("--sandbox", "bubblewrap")

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap(as_root=True)


def environment(stage: Stage, text: str) -> None:
    folder = stage.repo / ".phc" / "environments"
    folder.mkdir(parents=True)
    (folder / "dev.toml").write_text(f"name = 'Dev'\n{text}\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "environment")
    stage.ok("trust", ".phc/environments/dev.toml", "-y")


def test_a_limit_that_was_met_is_told_on_the_task(stage: Stage) -> None:
    group = make_group("git-phc-probe", Limits(memory=64 << 20, cpus=1))
    if group is None:
        unavailable("no cgroup can be made here")
    else:
        group.close()
    environment(stage, "[cloud]\nmemory = '64m'\ncpus = 1")
    task = stage.start("head -c 400M /dev/zero | tail -n1 | wc -c; true", *IN)
    denied = stage.show(task)["denied"]
    assert denied["what"] == "more of the machine"
    assert denied["why"].startswith("the sandbox ended ")
    assert "more of the machine: the sandbox ended" in stage.ok("status", task).out
    events = stage.git("log", "--format=%s", f"refs/phc/tasks/{task}").splitlines()
    assert [e for e in events if e.startswith("denied: more of the machine: the sandbox ended")]


def test_who_fills_the_disk_is_ended_and_what_they_made_is_kept(stage: Stage) -> None:
    environment(stage, "[cloud]\ndisk = '8m'")
    task = stage.start("echo work > made; head -c 20M /dev/urandom > ~/big; sleep 300", *IN, code=1)
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert shown["denied"]["what"] == "more of the machine"
    limit = "a run may add 8388608 bytes to the disk in its sandbox, and this one has added "
    said, added = shown["reason"].split(limit)
    # It is looked at now and then: the last bytes may not have been written by then.
    assert said == ""
    assert 8 << 20 < int(added) <= 21 << 20
    assert shown["denied"]["why"] == shown["reason"]
    assert (Path(shown["worktree"]) / "made").read_text() == "work\n"
    assert "made" in stage.ok("diff", task).out


def test_who_takes_too_long_is_ended(stage: Stage) -> None:
    environment(stage, "[cloud]\ntime = '2s'")
    task = stage.start("trap '' TERM; sleep 300; sleep 300", *IN, code=1)
    shown = stage.show(task)
    why = "a run may last 2 seconds in its sandbox, and this one has"
    assert (shown["status"], shown["reason"], shown["denied"]["why"]) == ("failed", why, why)


def test_a_setup_counts_too(stage: Stage) -> None:
    environment(stage, "[setup]\nscript = 'sleep 300'\n[cloud]\ntime = 2")
    task = stage.start("true", *IN, code=1)
    why = "a run may last 2 seconds in its sandbox, and this one has"
    assert (stage.show(task)["status"], stage.show(task)["reason"]) == ("failed", why)


def test_what_the_owner_does_not_allow_is_not_begun(stage: Stage) -> None:
    environment(stage, "[cloud]\ndisk = '8m'")
    stage.git("config", "phc.sandboxDisk", "4m")
    task = stage.start("true", *IN, code=1)
    assert stage.show(task)["reason"].endswith(
        "asks for 8m of disk, and this machine's owner allows less"
    )


def test_a_fork_bomb_is_told_and_leaves_nothing(stage: Stage) -> None:
    group = make_group("git-phc-probe", Limits())
    if group is None:
        unavailable("no cgroup can be made here")
    else:
        group.close()
    task = stage.start("b() { b | b & }; b; sleep 3", *IN)
    denied = stage.show(task)["denied"]
    assert denied["what"] == "more of the machine"
    assert denied["why"].startswith("the sandbox let it have no more than 4096 processes at once")
    assert stage.status(task) == "ready"
    assert not marked(stage.show(task)["run"]["id"])


def test_a_link_out_of_its_home_is_told_on_the_task(stage: Stage) -> None:
    task = stage.start("ln -s /root ~/link; true", *IN)
    denied = stage.show(task)["denied"]
    assert denied["what"] == "a way out of its home"
    assert denied["why"].endswith("/link was removed")


def test_what_a_setup_was_denied_is_told_though_it_fails(stage: Stage) -> None:
    environment(stage, "[setup]\nscript = 'curl -s http://far.example/; exit 3'")
    task = stage.start("true", *IN, code=1)
    shown = stage.show(task)
    assert (shown["status"], shown["denied"]["what"]) == ("failed", "far.example:80")
