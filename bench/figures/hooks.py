"""A commit where our hooks are installed and find nothing to do, against one without hooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.lab import Lab
from bench.measure import Figure

COMMIT = ("git", "commit", "-q", "--allow-empty", "-m", "one more")


def figures(lab: Lab) -> Iterator[Figure]:
    """In a checkout where no task works."""
    plain, hooked = (lab.repository(name) for name in ("plain", "hooked"))
    lab.phc("hooks", "install", cwd=hooked)
    yield _figure("hooks: a commit, nothing to do", lab, plain, hooked, COMMIT)
    yield _figure("hooks: an amend, nothing to do", lab, plain, hooked, (*COMMIT, "--amend"))


def _figure(name: str, lab: Lab, plain: Path, hooked: Path, words: tuple[str, ...]) -> Figure:
    return Figure(
        name,
        lambda: lab.time(*words, cwd=hooked),
        lambda: lab.time(*words, cwd=plain),
        factor=1.5,
        extra=15,
    )
