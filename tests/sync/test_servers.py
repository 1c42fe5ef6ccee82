"""The same by every kind of server, and by servers that break off in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from git_phc.model.events.edited import Edited
from tests.kit import chance, overlaid, require, run_program, unavailable
from tests.sync.servers import KINDS, Proxy, Served
from tests.sync.team import Mate, Team

PAGE = 4096
KINDS_OF_REFS = ("tasks", "runs", "work")


@pytest.fixture(params=KINDS)
def served(
    request: pytest.FixtureRequest, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """The team's hub by one kind of server, which is the origin of both clones."""
    with KINDS[request.param](team.hub, tmp_path) as served:
        for name, value in served.env.items():
            monkeypatch.setenv(name, value)
        for mate in (team.ada, team.bob):
            mate.git("remote", "set-url", "origin", served.url)
        yield served


def work(mate: Mate) -> str:
    """A task with a transcript and a checkpoint."""
    return mate("start", "-q", "Do it", "--", "sh", "-c", "echo said; seq 2000 > n").out.strip()


def whole(team: Team, task: str) -> bool:
    """Whether the hub has all of the task as Ada has it; it has all or nothing."""
    there = [team.there(task, kind) for kind in KINDS_OF_REFS]
    here = [team.ada.ref(f"refs/phc/{kind}/{task}") for kind in KINDS_OF_REFS]
    assert there in (here, ["", "", ""])
    return there == here


@pytest.mark.slow
def test_a_task_goes_there_and_back(served: Served, team: Team) -> None:
    task = work(team.ada)
    assert team.ada.outcomes("push", task) == {task: "shared"}
    assert team.bob.outcomes("pull") == {task: "new"}
    assert "said" in team.bob("logs", task).out
    team.ada.say(task, Edited({"title": "Ada's"}))
    team.bob.say(task, Edited({"title": "Bob's"}))
    assert team.ada.outcomes("sync") == {task: "pushed"}
    team.bob("sync")
    assert team.ada.outcomes("sync") == {task: "updated"}
    assert team.ada.tip(task) == team.bob.tip(task) == team.there(task)
    assert team.ada("doctor", "--remote", "origin").out == "All is well.\n"
    assert team.run_git(team.hub, "for-each-ref", "refs/phc/probe", "refs/notes") == ""


@pytest.fixture(params=["http", "daemon", "ssh"])
def cut(
    request: pytest.FixtureRequest, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    """A proxy before the team's hub, which is the origin of both clones."""
    with KINDS[request.param](team.hub, tmp_path) as served, Proxy(served.port) as proxy:
        for name, value in served.env.items():
            monkeypatch.setenv(name, value)
        for mate in (team.ada, team.bob):
            mate.git("remote", "set-url", "origin", served.by(proxy.port))
            mate.git("config", "phc.remoteTimeout", "20s")
        yield proxy


@pytest.mark.faults
def test_a_push_that_is_cut_anywhere_is_whole_or_not_at_all(cut: Proxy, team: Team) -> None:
    cut.cut_after(None)
    team.ada("push", work(team.ada))
    size, dice = cut.passed, chance()
    for limit in sorted(dice.sample(range(size), 5)):
        task = work(team.ada)
        cut.cut_after(limit)
        found = team.ada.phc("push", task, "--json", cwd=team.ada.path)
        assert "defect" not in found.err
        arrived = whole(team, task)
        cut.cut_after(None)
        if '"shared"' in found.out or '"pushed"' in found.out:
            assert arrived
        assert team.ada.show(task)["shared"] is True
        team.ada("sync")
        assert whole(team, task)
        assert team.ada("sync").out == "All is the same here and there.\n"


@pytest.mark.faults
def test_a_fetch_that_is_cut_anywhere_takes_over_all_or_nothing(cut: Proxy, team: Team) -> None:
    dice = chance()
    size = 0
    for number in range(6):
        task = team.ada.make(f"Task {number}", prompt="".join(map(str, range(9000))))
        cut.cut_after(None)
        team.ada("push", task)
        cut.cut_after(dice.randrange(size) if size else None)
        found = team.bob.phc("pull", "--json", cwd=team.bob.path)
        assert "defect" not in found.err
        assert team.bob.tip(task) == (team.there(task) if f'"{task}"' in found.out else "")
        size = size or cut.passed
        cut.cut_after(None)
        team.bob("pull")
        assert team.bob.tip(task) == team.there(task)


@pytest.mark.faults
@pytest.mark.parametrize("verb", ["push", "pull"])
def test_what_is_killed_is_whole_or_not_at_all(team: Team, verb: str) -> None:
    dice = chance()
    began = time.monotonic()
    run_program([sys.executable, "-m", "git_phc", "pull"], cwd=team.bob.path)
    lasts = time.monotonic() - began
    for number in range(6):
        task = work(team.ada) if verb == "push" else team.ada.make(f"Task {number}")
        if verb == "pull":
            team.ada("push", task)
        mate = team.ada if verb == "push" else team.bob
        words = [sys.executable, "-m", "git_phc", verb, *([task] if verb == "push" else [])]
        process = subprocess.Popen(
            words, cwd=mate.path, start_new_session=True, env=overlaid(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(dice.uniform(0.3, 1.3) * lasts)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if verb == "push":
            whole(team, task)
        else:
            assert team.bob.tip(task) in ("", team.there(task))
        mate(verb, *([task] if verb == "push" else []))
        assert team.there(task) == mate.tip(task) != ""


@pytest.mark.faults
def test_an_answer_that_never_comes_is_found_out(team: Team) -> None:
    """The server has moved the refs, and says nothing."""
    hook = team.hub / "hooks" / "reference-transaction"
    hook.write_text('#!/bin/sh\n[ "$1" = committed ] && exec sleep 600\nexit 0\n')
    hook.chmod(0o755)
    team.ada.git("config", "phc.remoteTimeout", "3s")
    task = work(team.ada)
    assert team.ada.outcomes("push", task) == {task: "shared"}
    assert whole(team, task)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    require("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = run_program(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)])
    if done.code:
        unavailable(f"needs the right to mount a small disk: {done.err.strip()}")
    yield disk
    run_program(["umount", "-l", str(disk)])


@contextmanager
def filled(disk: Path, pages: int = 0) -> Iterator[None]:
    """Fills it until only so many pages are free."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(PAGE)):
                pass
        file.truncate(max(0, file.tell() - pages * PAGE))
    yield
    filler.unlink()


@pytest.mark.faults
def test_a_full_disk_there_is_told_and_nothing_is_lost(team: Team, small_disk: Path) -> None:
    hub = small_disk / "hub.git"
    team.run_git(small_disk, "clone", "-q", "--bare", team.hub, hub)
    team.ada.git("remote", "set-url", "origin", hub)
    team.hub, task = hub, work(team.ada)
    with filled(small_disk):
        assert team.ada.outcomes("push", task, code=1) == {task: "rejected"}
        assert not whole(team, task)
    assert team.ada.outcomes("sync") == {task: "pushed"}
    assert whole(team, task)


@pytest.mark.faults
def test_a_full_disk_here_is_told_and_nothing_is_taken_over_by_half(
    team: Team, small_disk: Path
) -> None:
    team.run_git(small_disk, "clone", "-q", team.hub, small_disk / "bob")
    bob = replace(team.bob, path=small_disk / "bob")
    tasks = [team.ada.make(f"Task {number}") for number in range(5)]
    team.ada("push", *tasks)
    for pages in [0, *sorted(chance().sample(range(1, 40), 7))]:
        with filled(small_disk, pages):
            pulled = bob.phc("pull", cwd=bob.path)
            assert "defect" not in pulled.err
            assert len(pulled.err.splitlines()) <= 2, pulled
            assert pulled.code == 1 or pages
            assert set(bob("status", "-aq").out.split()) in (set(), set(tasks))
        bob.git("fsck", "--strict", "--no-dangling")
        if pulled.code == 0:
            break
    bob("pull")
    assert sorted(bob("status", "-aq").out.split()) == sorted(tasks)
