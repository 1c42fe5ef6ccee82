"""Programs that change one repository at the same time, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from git_phc.git.repo import Repo
from tests.kit import ROOT, overlaid


def run_at_once(script: str, argvs: Sequence[Sequence[str]], *, timeout: float = 300) -> None:
    """Runs the Python `script` once for each list of arguments, all at the same time.

    The children start together: each says that it is ready, and waits for its line.
    """
    whole = f"import sys\nprint(flush=True)\nsys.stdin.readline()\n{script}"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", whole, *argv],
            env=overlaid({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for argv in argvs
    ]
    for child in children:
        assert child.stdout
        child.stdout.readline()
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=timeout)[1] for child in children]
    failed = [text for child, text in zip(children, said, strict=True) if child.returncode]
    if failed:
        pytest.fail(f"{len(failed)} of {len(said)} failed, the first with:\n{failed[0]}")


@contextmanager
def housekeeping(repo: Repo, *words: Sequence[str]) -> Iterator[list[int]]:
    """Runs the git commands one after the other, again and again; gives their exit codes."""
    stop, codes = threading.Event(), list[int]()

    def keep() -> None:
        while not stop.is_set():
            codes.extend(repo.git(*word, ok=()).status for word in words)

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield codes
    finally:
        stop.set()
        thread.join()
