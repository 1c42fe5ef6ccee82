"""The list of tasks: ten of them, and ten thousand, with the index and without."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.lab import PROGRAM, Lab, one_after, python
from bench.measure import Figure, timed
from git_phc.store.layout import index_file

MANY = 10_000
REFS = ("git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/phc")


def few(lab: Lab) -> Path:
    """A repository with ten tasks."""
    return lab.repository("few", tasks=10)


def many(lab: Lab) -> Path:
    """One with ten thousand, of which two hundred are not finished."""
    return lab.repository("many", tasks=MANY)


def figures(lab: Lab) -> Iterator[Figure]:
    """`status` is to be quick whatever there is."""
    yield Figure(
        "status, 10 tasks",
        lambda: lab.time(*PROGRAM, "status", cwd=few(lab)),
        one_after(
            lambda: lab.time(*python("click, json"), cwd=few(lab)),
            lambda: lab.time("git", "rev-parse", "--git-dir", cwd=few(lab)),
        ),
        factor=2,
    )
    base = one_after(
        lambda: lab.time(*python("click, json, sqlite3"), cwd=many(lab)),
        lambda: lab.time(*REFS, cwd=many(lab)),
    )
    yield Figure(
        "status, 10,000 tasks, warm",
        lambda: lab.time(*PROGRAM, "status", cwd=many(lab)),
        base,
        factor=2,
    )
    yield Figure(
        "status, 10,000 tasks, cold",
        lambda: _cold(lab, many(lab)),
        one_after(base, lambda: timed(lambda: _snapshots(many(lab)))),
        factor=3,
    )


def _cold(lab: Lab, repo: Path) -> float:
    index_file(lab.opened(repo)).unlink(missing_ok=True)
    return lab.time(*PROGRAM, "status", cwd=repo)


def _snapshots(repo: Path) -> None:
    """`for-each-ref | cat-file --batch` of the snapshots."""
    words = ["git", "for-each-ref", "--format=%(objectname):task.json", "refs/phc/tasks"]
    with subprocess.Popen(words, cwd=repo, stdout=subprocess.PIPE) as names:
        subprocess.run(
            ["git", "cat-file", "--batch", "--buffer"],
            cwd=repo,
            stdin=names.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
