"""What users do to a repository with plain git takes nothing away; what would is warned of."""

from __future__ import annotations

import sys

import pytest

from git_phc.model.events.edited import Edited
from tests.kit import run_program
from tests.model.making import started
from tests.sync.forge import Forge
from tests.sync.team import Team

REFS = ("for-each-ref", "--format=%(objectname) %(refname)", "refs/phc")
PEAK = """\
import os, sys
from pathlib import Path
from git_phc.cli.main import run
streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
code = run(sys.argv[1:], cwd=Path.cwd(), environ=os.environ, **streams)
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
"""


def test_prunes_by_hand_lose_nothing(team: Team) -> None:
    task, other = team.ada.make(), team.ada.make("Other")
    team.ada("push", task, other)
    old = team.there(task)
    team.ada.say(task, Edited({"title": "Newer"}))
    team.ada("push")
    team.run_git(team.hub, "update-ref", f"refs/phc/tasks/{task}", old)
    forge = Forge.at(team.hub)
    bad = forge.put(started().id, forge.commit({"README.md": b"x"}))
    team.ada.phc("sync", cwd=team.ada.path)
    before = team.ada.git(*REFS)
    assert f"refs/phc/quarantine/origin/{bad}" in before
    assert f"refs/phc/withdrawn/origin/{task}" in before
    team.ada.git("fetch", "-q", "--prune", "origin")
    team.ada.git("remote", "prune", "origin")
    team.ada.git("fetch", "-q", "--prune", "--prune-tags", "origin")
    team.ada.git("reflog", "expire", "--expire=now", "--all")
    team.ada.git("gc", "-q", "--prune=now")
    assert team.ada.git(*REFS) == before
    team.ada.git("fsck", "--connectivity-only")
    assert team.ada.title(task) == "Newer"
    assert team.ada.outcomes("sync", code=1) == {task: "back", bad: "quarantined"}


def test_mirrors_are_warned_of(team: Team) -> None:
    assert team.ada("doctor").out == "All is well.\n"
    team.ada.git("config", "remote.origin.mirror", "true")
    team.ada.git("config", "--add", "remote.origin.fetch", "+refs/*:refs/*")
    told = team.ada("doctor", code=1).out
    assert "the remote origin is a mirror: git push publishes every task" in told
    assert "fetches with +refs/*:refs/*: git fetch overwrites tasks" in told
    task = team.ada.make()
    assert team.ada.outcomes("push", task) == {task: "shared"}  # ours do no such thing


def test_what_a_host_refuses_is_found_out(team: Team) -> None:
    assert team.ada("doctor", "--remote", "origin").out == "All is well.\n"
    team.run_git(team.hub, "config", "receive.advertiseAtomic", "false")
    told = team.ada("doctor", "--remote", "origin", code=1).out
    assert "the remote origin takes no atomic push" in told
    hook = team.hub / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/notes/*) echo "no notes" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    told = team.ada("doctor", "--remote", "origin", code=1).out
    assert "takes no ref such as refs/notes/…: [remote rejected] (hook declined)" in told
    assert team.run_git(team.hub, "for-each-ref", "refs/phc") == ""


@pytest.mark.slow
def test_what_is_huge_is_never_in_memory(team: Team) -> None:
    forge = Forge.at(team.hub)
    huge = bytes(100 << 20)
    for number, name in enumerate(("event.json", "task.json", "texts/" + "0" * 64)):
        clone = started(Edited({"title": f"Task {number}"}))
        oids = forge.history(clone)
        files = forge.files(clone, list(clone.events.values())[-1])
        forge.put(clone.id[:-1] + "klm"[number], forge.commit({**files, name: huge}, oids[-2:-1]))
        forge.put(clone.id, forge.commit({**files, name: huge}, oids[-2:-1]))
    argv = [sys.executable, "-c", PEAK, "pull"]
    told = run_program(argv, cwd=team.bob.path)
    assert "quarantined" in told.out
    assert int(told.lines[-1]) < 150 << 10, told.out  # kilobytes
    assert team.bob.git("for-each-ref", "refs/phc/tasks") == ""
