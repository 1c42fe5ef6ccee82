"""A repository to play a story in, and hands to play it with."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from git_phc.git.repo import open_repo
from git_phc.model.ids import TaskId
from git_phc.store.tasks import read_task
from tests.kit import Outcome, Phc, Processes, RunGit, overlaid

# A command that does what its prompt says, so that each turn can do something else.
OBEY = ("--", "sh", "-c", 'eval "$PHC_PROMPT"')
PATIENCE = 40.0  # seconds; many times what anything here takes on a busy machine


@dataclass(frozen=True)
class Stage:
    """One repository. `phc` runs in the test's own process, supervisors in theirs."""

    repo: Path
    phc: Phc
    run_git: RunGit
    processes: Processes

    def ok(self, *words: str | Path, **given: Any) -> Outcome:
        """A command that must end well."""
        done = self.phc(*words, **{"cwd": self.repo, **given})
        assert done.code == 0, (words, done)
        return done

    def no(self, code: int, *words: str | Path, **given: Any) -> str:
        """A command that must be refused, with this exit code; what it says, on one line."""
        done = self.phc(*words, **{"cwd": self.repo, **given})
        assert done.code == code, (words, done)
        assert "Traceback" not in done.err
        assert "defect" not in done.err
        assert len(done.err.splitlines()) <= 2, done.err
        return " ".join(done.err.split())

    def start(self, prompt: str, *words: str, code: int = 0, **given: Any) -> str:
        """Starts a task that does what its prompt says, unless `words` have a command."""
        command = () if "--" in words else OBEY
        done = self.phc("start", "-q", prompt, *words, *command, **{"cwd": self.repo, **given})
        assert done.code == code, done
        return done.out.strip()

    def fake(self, prompt: str, *words: str, code: int = 0, **given: Any) -> str:
        """Starts a task of the agent `fake`, which does what directives in its prompt say."""
        asked = ("start", "-q", "-a", "fake", prompt, *words)
        done = self.phc(*asked, **{"cwd": self.repo, **given})
        assert done.code == code, done
        return done.out.strip()

    def show(self, task: str) -> dict[str, Any]:
        """`show --json`."""
        shown: dict[str, Any] = json.loads(self.ok("show", "--json", task).out)
        return shown

    def status(self, task: str) -> str:
        return str(self.show(task)["status"])

    def records(self, task: str) -> list[dict[str, Any]]:
        """The transcript of all runs."""
        return [json.loads(line) for line in self.ok("logs", "--raw", task).out.split("\n") if line]

    def said(self, task: str) -> str:
        """What the agent has said, in one string."""
        return "".join(r["text"] for r in self.records(task) if r["kind"] == "text")

    def prompts(self, task: str) -> list[str]:
        """What the agent was given, turn by turn."""
        return [r["prompt"] for r in self.records(task) if r["kind"] == "turn"]

    def pending(self, task: str) -> int:
        """How many messages the agent was not given yet."""
        return len(read_task(open_repo(self.repo), TaskId.parse(task)).pending)

    @property
    def gate(self) -> Path:
        """The file for which `wait_for_gate` waits."""
        return self.repo.parent / "gate"

    @property
    def wait_for_gate(self) -> str:
        """A shell command that says `begun`, and goes on when the gate is there."""
        return f"echo begun; while ! [ -e '{self.gate}' ]; do sleep 0.05; done"

    def tree(self, task: str) -> Path:
        """The task's folder."""
        return Path(self.ok("path", task).out.removesuffix("\n"))

    def git(self, *words: str | Path, **given: Any) -> str:
        return self.run_git(self.repo, *words, **given)

    def sound(self) -> None:
        """git finds nothing missing or broken, once the housekeeper is done: it renames what
        administers a worktree that was put away, and fsck errs where it comes just then.
        """
        until(lambda: not self.housekeepers())
        assert self.git("fsck", "--strict", "--no-dangling") == ""

    def housekeepers(self) -> list[psutil.Process]:
        """The living ones of this repository."""
        theirs = {"git_phc.workspaces.housekeeper", str(self.repo / ".git")}
        return [one for one in self.processes() if theirs <= set(words_of(one))]

    def refs(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname)").splitlines()

    def left_behind(self) -> list[str]:
        """What a task would leave: refs, worktrees, locks, run folders."""
        private = self.repo / ".git" / "phc"
        files = [
            str(path.relative_to(private))
            for folder in ("live", "runs", "places")
            for path in (private / folder).glob("*")
        ]
        refs = [ref for ref in self.refs() if ref != "refs/heads/main"]
        trees = self.git("worktree", "list", "--porcelain").count("worktree ") - 1
        return [*refs, *files, *(["a worktree"] * trees)]

    def supervisor(self, task: str) -> psutil.Process:
        """The living supervisor of the task's run."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [
                process
                for process in psutil.process_iter(["cmdline"])
                if {"git_phc.run", task} <= set(process.info["cmdline"] or ())
            ]
            return len(found) == 1

        until(look)
        return found[0]

    def marked(self) -> list[int]:
        """The living processes that carry a run's or a setup's marker and belong to this test."""
        found = []
        for process in self.processes():
            try:
                is_ours = {"PHC_RUN", "PHC_SETUP"} & set(process.environ())
                if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found

    def at_once(self, commands: Sequence[Sequence[str]]) -> list[Outcome]:
        """Runs `git phc` once for each list of words, all at the same time."""
        argv = [sys.executable, "-m", "git_phc"]
        running = [
            subprocess.Popen(
                [*argv, *words], cwd=self.repo, env=overlaid(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for words in commands
        ]  # fmt: skip
        said = [process.communicate(timeout=240) for process in running]
        return [
            Outcome(process.returncode, out, err)
            for process, (out, err) in zip(running, said, strict=True)
        ]


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none where it has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def until(
    holds: Callable[[], object], *, seconds: float = PATIENCE, what: str = "it did not come to pass"
) -> None:
    """Waits until `holds()` is true, and fails the test when it never is."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def seeded() -> random.Random:
    """Chance, by a seed that is printed; PHC_SEED chooses one."""
    seed = int(os.environ.get("PHC_SEED", "0")) or random.randrange(1, 1 << 30)
    print(f"PHC_SEED={seed}")  # noqa: T201
    return random.Random(seed)


Snapshot = Mapping[str, tuple[int, bytes]]


def snapshot(folder: Path) -> Snapshot:
    """Every file below a folder but git's own: its mode, and its bytes or its link's target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name == ".git" or name.startswith(".git/") or (path.is_dir() and not path.is_symlink()):
            continue
        data = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
        found[name] = (path.lstat().st_mode, data)
    return found
