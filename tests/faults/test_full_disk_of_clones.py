"""A disk that is full while a clone is made: it says so, leaves nothing, and the next try works."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

import pytest

from git_phc.errors import PhcError
from git_phc.host.clock import Clock
from git_phc.services.context import Context
from git_phc.services.rations import Rations
from git_phc.store import layout
from tests.conftest import write_files
from tests.faults.test_damage import small_disk
from tests.kit import MakeRepo, Phc, RunGit, chance, run_program
from tests.workspaces.farm import Farm

__all__ = ["small_disk"]
pytestmark = pytest.mark.faults


@pytest.mark.parametrize("part", ["committed", "staged", "untracked"])
def test_a_disk_that_is_full_while_a_clone_is_made(
    part: str, make_repo: MakeRepo, phc: Phc, git: RunGit, small_disk: Path
) -> None:
    farm = Farm(make_repo, phc, git)
    task = farm.task()
    place = farm.prepare(task)
    content = chance().randbytes(3_000_000)
    write_files(place, {"big": content})
    if part != "untracked":
        git(place, "add", "big")
    if part == "committed":
        git(place, "commit", "-qm", "big")
    task, _ = farm.keep(task)
    farm.put_away(task)
    git(farm.own, "config", "phc.worktreeDir", str(small_disk / "places"))
    layout.place_file(farm.ctx.repo, task.id).unlink()
    farm.ctx = Context(farm.ctx.repo, farm.own)
    with pytest.raises((PhcError, OSError)):
        farm.prepare(task)
    assert farm.find(task) is None
    assert git(farm.own, "worktree", "list").count("\n") == 0
    assert run_program(["mount", "-o", "remount,size=30m", str(small_disk)]).code == 0
    place = farm.prepare(task)
    assert place.is_relative_to(small_disk)
    assert (place / "big").read_bytes() == content
    git(place, "fsck", "--strict")


def test_what_a_file_without_a_name_takes_of_the_disk_is_seen(small_disk: Path) -> None:
    rations = Rations([small_disk], disk=1 << 30, time=0, clock=Clock())
    assert rations.spent() is None
    with TemporaryFile(dir=small_disk) as file:
        file.write(bytes(600_000))
        file.flush()
        assert "left, which a run in a sandbox may not take" in str(rations.spent())
    assert rations.spent() is None
