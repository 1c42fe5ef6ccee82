"""Workers as programs of their own, and tasks of the cloud for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.e2e.stage import until
from tests.kit import overlaid, run_program
from tests.sync.team import Mate, Team

QUICK = ("--poll", "0.2")


def queued(mate: Mate, *words: str, command: str = "true") -> str:
    """A task of the cloud that waits; its id."""
    words = ("start", "-q", "-d", "--mode", "cloud", *words, "--", "sh", "-c", command)
    return mate(*words).out.strip()


def tasks_there(team: Team, kind: str) -> list[str]:
    """The tasks of which the hub holds a ref of this kind."""
    refs = team.run_git(team.hub, "for-each-ref", "--format=%(refname)", f"refs/phc/{kind}")
    return [ref.rpartition("/")[2] for ref in refs.splitlines()]


@dataclass
class Hand:
    """One worker, and its folder."""

    process: subprocess.Popen[bytes]
    state: Path
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def repo(self) -> Path:
        return next(self.state.glob("[!.]*.git"))

    def supervisors(self) -> list[psutil.Process]:
        """The living supervisors of its runs."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "git_phc.run" in words and any(str(self.state) in word for word in words):
                found.append(process)
        return found

    def kill(self) -> None:
        """It, and all of its supervisors and what they run, as a crash of the machine does."""
        with suppress(psutil.Error):
            psutil.Process(self.process.pid).kill()
        self.process.wait()
        for supervisor in self.supervisors():
            with suppress(psutil.Error):
                inside = supervisor.children(recursive=True)
                supervisor.kill()
                for one in inside:
                    with suppress(psutil.Error):
                        one.kill()

    def stop(self) -> int:
        """As a service manager does."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def worker(
    url: str | Path, state: Path, *words: str, env: dict[str, str] | None = None
) -> Iterator[Hand]:
    """A worker that goes on until it is told to stop, or killed."""
    state.mkdir(parents=True, exist_ok=True)
    log = state.with_suffix(".log")
    argv = [sys.executable, "-m", "git_phc", "worker", "--remote", os.fspath(url)]
    argv += ["--trust-remote", "--sandbox", "none", "--state", str(state), *QUICK, *words]
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv, cwd=state, env=overlaid(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    hand = Hand(process, state, log)
    try:
        yield hand
    finally:
        hand.kill()


def quick_lease(home: Path, lease: str = "3s") -> None:
    """From now on a lease in this test's home lasts so long, and follows come at once."""
    for key, value in {"phc.lease": lease, "phc.followInterval": "1s"}.items():
        run_program(["git", "config", "--global", key, value])


def status_there(mate: Mate, task: str) -> str:
    """The task's status, as the remote has it."""
    mate("pull", task)
    return str(mate.show(task)["status"])


def until_status(mate: Mate, task: str, *wanted: str) -> None:
    until(lambda: status_there(mate, task) in wanted, what=f"it is {mate.show(task)['status']}")
