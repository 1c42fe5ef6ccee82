"""A repository with one task at rest, whose worktree holds work that nothing else has."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from git_phc.cli import main
from tests.e2e.stage import until
from tests.kit import Outcome, Stream, overlaid, run_program

WORK = ["--", "sh", "-c", "echo more >> made.txt; echo said"]
CHANGED = {"README.md": "changed\n", "untracked.txt": "untracked\n", "made.txt": "more\n"}
READERS = (["status"], ["status", "-a"], ["show"], ["logs"], ["path"], ["doctor"], ["wait"])
WRITERS = (
    ["edit", "--label", "x"], ["send", "again", "-q"], ["resume", "-q"], ["done"], ["delete"],
)  # fmt: skip


@dataclass
class Place:
    """Where commands are typed, and by whom: `prefix` goes before the program."""

    repo: Path
    task: str = ""
    prefix: Sequence[str] = ()

    def phc(self, *args: str, cwd: Path | None = None) -> Outcome:
        """Runs the command: in this process, for it is quicker, unless there is a prefix."""
        if not self.prefix:
            return _in_process(args, cwd or self.repo)
        argv = [*self.prefix, sys.executable, "-m", "git_phc", *args]
        return run_program(argv, cwd=cwd or self.repo, timeout=100)

    def ok(self, *args: str) -> str:
        done = self.phc(*args)
        assert done.code == 0, (args, done)
        assert "Traceback" not in done.err, done.err
        return done.out.strip()

    def on_task(self, words: Sequence[str]) -> Outcome:
        """The command, with the task as its first argument where it takes one."""
        task = [self.task] if words[0] not in ("status", "doctor", "start") else []
        return self.phc(words[0], *task, *words[1:])

    def git(self, *args: str) -> str:
        return git(self.repo, *args)

    @property
    def ref(self) -> str:
        return f"refs/phc/tasks/{self.task}"

    @property
    def tree(self) -> Path:
        return Path(self.ok("path", self.task))


def _in_process(args: Sequence[str], cwd: Path) -> Outcome:
    stdin, stdout, stderr = Stream(), Stream(), Stream()
    code = main.run(
        args, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, environ=dict(os.environ)
    )
    return Outcome(code, stdout.getvalue(), stderr.getvalue())


def git(folder: Path, *args: str) -> str:
    done = run_program(["git", *args], cwd=folder)
    assert done.code == 0, (args, done)
    return done.out.strip()


def settle(repo: Path) -> Place:
    """Starts the task, and works in its worktree."""
    place = Place(repo)
    place.task = place.ok("start", "first", "-q", *WORK)
    for name, text in CHANGED.items():
        (place.tree / name).write_text(text)
    return place


def sentence(done: Outcome, code: int = 1) -> str:
    """What was said: one sentence of what is wrong, one of what to do."""
    assert done.code == code, done
    assert "Traceback" not in done.err, done.err
    assert "defect" not in done.err, done.err
    lines = done.err.splitlines()
    assert len(lines) == 2, done.err
    assert lines[0].startswith("git phc: "), done.err
    return done.err


def follow(said: str, cwd: Path, change: Callable[[str], str] = lambda text: text) -> None:
    """Types the commands that a message names, one after the other."""
    hint = change(said.splitlines()[-1].strip().removesuffix("."))
    found = re.findall(r"(?<=: )(?:git|mv) .*?(?=; (?:or|then)|$)", hint)
    assert found, said
    for command in found:
        typed = command.replace("git phc", f"{shlex.quote(sys.executable)} -m git_phc")
        done = subprocess.run(
            typed, shell=True, cwd=cwd, env=overlaid(), capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done)


def has_work(tree: Path) -> None:
    for name, text in CHANGED.items():
        assert (tree / name).read_text().startswith(text)


def sound(place: Place) -> None:
    """git is content, and no lock of anybody's is left."""
    done = run_program(["git", "fsck", "--full", "--strict", "--no-dangling"], cwd=place.repo)
    assert (done.code, done.out, done.err) == (0, "", "")
    folder = Path(place.git("rev-parse", "--path-format=absolute", "--git-common-dir"))

    def left() -> list[str]:
        return [name for name in map(os.fspath, folder.rglob("*.lock")) if "/phc/" not in name]

    until(lambda: not left())  # what goes on behind a command may hold one just now


def goes_on(place: Place) -> None:
    """All that a user does next works."""
    has_work(place.tree)
    place.ok("edit", place.task, "--label", "fine")
    place.ok("send", place.task, "again", "-q")
    place.ok("done", place.task)
    place.ok("undo", place.task)
    has_work(place.tree)
    sound(place)
