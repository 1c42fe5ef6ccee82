"""The walk: a command is run once to learn its steps, then again and again, each time killed
at another step; after each, what must hold is looked at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from git_phc.host.paths import read_text
from tests.kit import Outcome, Phc

SITE = Path(__file__).parent / "site"
PATIENCE = 50  # seconds for one command
TRIES = 3  # to kill at one step


@dataclass(frozen=True, slots=True)
class Step:
    """The Nth time that something is about to be done; see `site/sitecustomize.py`."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def fewer(self, times: int) -> Step:
        """The same, so many times earlier: how often one asks for a lock is another's doing."""
        return Step(self.name, max(1, self.number - times))


@dataclass(frozen=True)
class Place:
    """A repository with tasks in it, in a folder of its own.

    `here` runs the program in this process: what is not to be killed is so much quicker.
    """

    repo: Path
    here: Phc

    def killed(self, argv: Sequence[str], walk: Mapping[str, str]) -> None:
        """Runs the program in a process that is watched as `walk` says."""
        path = os.pathsep.join(filter(None, [str(SITE), os.environ.get("PYTHONPATH")]))
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": path, **walk}
        subprocess.run(
            [sys.executable, "-m", "git_phc", *argv],
            cwd=self.repo, env=env, capture_output=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def phc(self, *args: str) -> Outcome:
        return self.here(*args, cwd=self.repo)

    def ok(self, *args: str) -> str:
        """Runs the program, which must end well; its answer."""
        done = self.phc(*args)
        assert done.code == 0, (args, done)
        return done.out

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.repo, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout


def learn(place: Place, argv: list[str], log: Path) -> list[Step]:
    """The steps of a command and of the supervisor that it starts, in their order: each kind
    of step the first time that it is taken, and the last."""
    place.killed(argv, {"WALK_LOG": str(log)})
    for task in json.loads(place.ok("status", "--all", "--json"))["tasks"]:
        if task["mode"] != "cloud":  # which no worker takes here
            place.phc("wait", task["id"])
    at_rest(place)
    counted: Counter[str] = Counter()
    for name in log.read_text().splitlines():
        counted[name] += 1
    return [step for name, count in counted.items() for step in _ends(name, count)]


def at_rest(place: Place) -> None:
    """Waits until what a command has left to be done behind its back is done, or is left to a next
    one: whoever was at it was killed.
    """
    private = place.repo / ".git/phc"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        locks = place.repo.glob(".git/worktrees/*/locked")
        waits = [lock for lock in locks if "git phc washes it" in (read_text(lock) or "")]
        trash = list(private.glob("trash/*"))
        if not waits and not trash and not (private / "housekeeping").exists():
            return
        if not _keeps_house(private.parent):
            return
        time.sleep(0.1)


def _keeps_house(git_dir: Path) -> bool:
    """Whether a housekeeper of that repository lives."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()
        if {"git_phc.workspaces.housekeeper", str(git_dir)} <= set(words):
            return True
    return False


def _ends(name: str, count: int) -> Iterator[Step]:
    yield Step(name, 1)
    if count > 1:
        yield Step(name, count)


def copy_of(place: Place, folder: Path) -> Place:
    """The same place in another folder, as it was made for it: quicker than to make one anew."""
    at_rest(place)  # what changes while it is copied is copied wrongly, or not at all
    shutil.copytree(place.repo.parent, folder, symlinks=True)
    inner = folder / place.repo.name / ".git"
    ties = [*folder.glob("*.phc/*/.git"), *inner.glob("worktrees/*/gitdir")]
    ties += [*inner.glob("phc/places/*"), *inner.glob("worktrees/*/phc-slot")]
    for tie in ties:  # each names the other side by its path
        tie.write_text(tie.read_text().replace(str(place.repo.parent), str(folder)))
    return Place(folder / place.repo.name, place.here)


def walk(
    make: Callable[[str], Place],
    argv: Callable[[Place], list[str]],
    check: Callable[[Place, Step], None],
    steps: Callable[[list[Step]], list[Step]],
    log: Path,
) -> int:
    """Kills `argv` at each of the steps that `steps` chooses; how many there were.

    Whether a step comes again can be settled by others: by who of two processes is first to tidy
    up, by whether an id of this run has a folder already. What was not come to is tried again;
    after that, nearly all must have been hit.
    """
    first = make("learn")
    found = steps(learn(first, argv(first), log))
    missed = []
    for at, step in enumerate(found):
        tries = (
            kill_at(step.fewer(turn), make(f"walk{at}-{turn}"), argv, check, log)
            for turn in range(TRIES)
        )
        if not any(tries):
            missed.append(str(step))
    assert len(missed) <= max(1, len(found) // 10), missed
    return len(found)


def kill_at(
    step: Step,
    place: Place,
    argv: Callable[[Place], list[str]],
    check: Callable[[Place, Step], None],
    log: Path,
) -> bool:
    """Kills `argv` at a step, and looks at what it left; whether it came to that step."""
    hit = log.with_name(f"hit-{place.repo.parent.name}")
    place.killed(argv(place), {"WALK_KILL": str(step), "WALK_HIT": str(hit)})
    try:
        check(place, step)
    except AssertionError as error:
        raise AssertionError(f"killed at step: {step}\n{error}") from error
    return hit.exists()  # looked at last: a housekeeper is killed behind the command's back
