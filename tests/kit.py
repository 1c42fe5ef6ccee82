"""What tests share: the types of the fixtures in `conftest`, and functions without state.

A test names these in its signature: `def test_x(make_repo: MakeRepo, phc: Phc) -> None`.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "git_phc"

Files = Mapping[str, str | bytes]

# When FIXED_DATE is asked for, every commit is made then.
FIXED_DATE = "2026-01-02T03:04:05+00:00"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program, or a command run in this process, ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class RunGit(Protocol):
    """Runs `git ARGS` in a folder; gives its standard output without the last newline.

    Fails the test when git fails, unless `check` is False.
    """

    def __call__(
        self,
        path: Path,
        *args: str | Path,
        input: str | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> str: ...


class MakeRepo(Protocol):
    """Makes a repository with one commit below `tmp_path`, on branch `main`.

    `files` maps paths to contents; by default there is a README.md. `bare` gives a bare one
    (with the same commit), `commit=False` one without a commit.
    """

    def __call__(
        self,
        name: str = "repo",
        *,
        object_format: str = "sha1",
        files: Files | None = None,
        bare: bool = False,
        commit: bool = True,
    ) -> Path: ...


class Phc(Protocol):
    """Runs `git phc ARGS` in the test's own process, through `git_phc.cli.main.run`.

    `tty` says whether the three streams call themselves a terminal. `env` is laid over the
    test's environment; a value of None takes a variable away.
    """

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        input: str = "",
        tty: bool = False,
        env: Mapping[str, str | None] | None = None,
    ) -> Outcome: ...


class Installed(Protocol):
    """Runs `python -m git_phc ARGS` as a program of its own; bounded in seconds."""

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        input: str = "",
        env: Mapping[str, str | None] | None = None,
        timeout: float = 100,
    ) -> Outcome: ...


class Processes(Protocol):
    """The living processes that this test has started, and those that they have."""

    def __call__(self) -> list[psutil.Process]: ...


class Stream(io.StringIO):
    """A text stream in memory that says of itself whether it is a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(text, newline="")
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


def overlaid(env: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The test's environment with `env` laid over it; None takes a variable away."""
    both: dict[str, str | None] = {**os.environ, **(env or {})}
    return {key: value for key, value in both.items() if value is not None}


def run_program(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    input: str = "",
    env: Mapping[str, str | None] | None = None,
    timeout: float = 100,
) -> Outcome:
    """Runs a program to its end, with nothing of the test's own streams."""
    done = subprocess.run(
        [os.fspath(word) for word in argv],
        cwd=cwd,
        input=input.encode("utf-8", "surrogateescape"),
        capture_output=True,
        env=overlaid(env),
        timeout=timeout,
        check=False,
    )
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    return Outcome(done.returncode, out, err)


@contextmanager
def gits_started(folder: Path) -> Iterator[list[list[str]]]:
    """The command lines of the gits that start meanwhile, also by a git; known at the end."""
    traces, found = folder / "traces", list[list[str]]()
    traces.mkdir()
    setting = ("git", "config", "--global")
    run_program([*setting, "trace2.eventTarget", traces])
    try:
        yield found
    finally:
        run_program([*setting, "--unset", "trace2.eventTarget"])
    lines = [line for file in sorted(traces.iterdir()) for line in file.read_text().splitlines()]
    found += [one["argv"] for one in map(json.loads, lines) if one["event"] == "start"]


def in_ci() -> bool:
    """Whether a test that cannot run here is a fault: CI installs all that tests need."""
    return CI


def require(*tools: str) -> None:
    """Skips the test, by name, when a program is missing; fails it in CI."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        unavailable(f"needs {' and '.join(missing)} on PATH")


def unavailable(reason: str) -> None:
    """Skips the test for what this machine lacks; fails it in CI."""
    if CI:
        pytest.fail(f"CI must not skip this: {reason}", pytrace=False)
    pytest.skip(reason)


@cache
def modes_bind() -> bool:
    """Whether the modes of files bind this process; root they do not, as a rule."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shut"
        path.touch(0)
        return not os.access(path, os.R_OK)


def bound_by_modes() -> list[str]:
    """What goes before a program whom the modes of files shall bind, though root runs it."""
    if modes_bind():
        return []
    require("setpriv")
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
    done = run_program([*prefix, "true"])
    if done.code:
        unavailable(f"needs the right to drop capabilities: {done.err.strip()}")
    return prefix


def chance() -> random.Random:
    """Where a test's random choices come from; the seed is printed, and PHC_SEED gives it."""
    seed = int(SEED) if SEED else random.randrange(1, 1 << 30)
    print(f"PHC_SEED={seed}")  # noqa: T201  (pytest shows it when the test fails)
    return random.Random(seed)


# Read once, before `conftest` clears the environment of PHC_*.
CI = bool(os.environ.get("PHC_CI") or os.environ.get("CI"))
SEED = os.environ.get("PHC_SEED", "")
SCHEDULES = int(os.environ.get("PHC_SCHEDULES", "200"))  # of tests/sync; ten thousand by hand
