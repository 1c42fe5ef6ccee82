"""The program, several times at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.kit import Outcome, run_program

BLOCK = ["--", "sh", "-c", 'until test -e "$PHC_GO"; do sleep 0.05; done']
"""A command that ends when the file that PHC_GO names is there."""


def phc(repo: Path, *args: str, **env: str) -> Outcome:
    argv = [sys.executable, "-m", "git_phc", *args]
    return run_program(argv, cwd=repo, env=env, timeout=200)


def at_once(repo: Path, argvs: Sequence[Sequence[str]], **env: str) -> list[Outcome]:
    """How each of the commands ended, all started at the same time."""
    with ThreadPoolExecutor(len(argvs)) as pool:
        return list(pool.map(lambda argv: phc(repo, *argv, **env), argvs))


def told(outcomes: Sequence[Outcome]) -> None:
    """No command met anything that it did not foresee."""
    for done in outcomes:
        assert "Traceback" not in done.err, done.err
        assert "defect" not in done.err, done.err
