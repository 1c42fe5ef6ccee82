"""Where the figures are taken: a temporary folder with repositories, and an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.make_tasks import make_tasks
from bench.measure import timed
from git_phc.git.repo import Repo, open_repo

ROOT = Path(__file__).resolve().parent.parent
# What the console script does, in this checkout.
PROGRAM = (sys.executable, "-c", "from git_phc.__main__ import main; main()")
CONFIG = """\
[user]
\tname = Ada Bench
\temail = ada@example.com
[init]
\tdefaultBranch = main
[phc]
\tjobs = 1
"""


@dataclass(frozen=True)
class Lab:
    """The folder, and what is done in it."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Lab:
        """A lab whose programs, this one included, see nothing of the user's settings."""
        (folder / "gitconfig").write_text(CONFIG)
        for name in list(os.environ):
            if name.startswith(("GIT_", "PHC_", "PYTHON")):
                del os.environ[name]
        os.environ |= {
            "HOME": str(folder),
            "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONPATH": str(ROOT),
            # An installed program has its modules compiled; so has one that ran once.
            "PYTHONPYCACHEPREFIX": str(folder / "pyc"),
        }
        return cls(folder)

    def run(self, *argv: str | Path, cwd: Path, ok: bool = True) -> str:
        """Runs a program to its end; its output."""
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
        if ok and done.returncode:
            raise RuntimeError(f"{argv} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def time(self, *argv: str | Path, cwd: Path) -> float:
        """How long a program takes, in milliseconds."""
        return timed(lambda: self.run(*argv, cwd=cwd))

    def phc(self, *words: str, cwd: Path) -> str:
        return self.run(*PROGRAM, *words, cwd=cwd)

    def repository(self, name: str, *, files: int = 10, tasks: int = 0) -> Path:
        """A repository of that many files and tasks; the same one when asked for again."""
        return _repository(self, name, files, tasks)

    def opened(self, path: Path) -> Repo:
        return open_repo(path)


@cache
def _repository(lab: Lab, name: str, files: int, tasks: int) -> Path:
    path = lab.folder / name
    lab.run("git", "init", "-q", str(path), cwd=lab.folder)
    for number in range(files):
        file = path / f"d{number // 1000:02}" / f"e{number // 100 % 10}" / f"file{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"the file of number {number}\n" * 10)
    lab.run("git", "add", "-A", cwd=path)
    lab.run("git", "commit", "-q", "--allow-empty", "-m", "files", cwd=path)
    lab.run("git", "repack", "-q", "-a", "-d", cwd=path)
    if tasks:
        make_tasks(open_repo(path), tasks)
    return path


def python(imports: str) -> tuple[str, str, str]:
    """A Python that imports these modules and ends."""
    return sys.executable, "-c", f"import {imports}"


def one_after(*parts: Callable[[], float]) -> Callable[[], float]:
    """Several measures as one: their sum."""
    return lambda: sum(part() for part in parts)
