"""Every command that only reads, against `status` in the same repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.lab import PROGRAM, Lab
from bench.measure import Figure

COMMANDS = (
    ("status", "--json"), ("status", "-a"), ("status", "-"), ("show", "-"), ("show", "--json", "-"),
    ("logs", "-"), ("path", "-"), ("diff", "-"), ("diff", "--json", "-"),
    ("diff", "--turn", "1", "-"), ("checkpoints", "-"), ("wait", "-"),
    ("agents",), ("config",), ("doctor",), ("gc", "--dry-run"), ("env", "list"),
    ("trust",),
    ("start", "--dry-run", "anything", "--", "true"),
)  # fmt: skip
ID = 32  # letters


def figures(lab: Lab) -> Iterator[Figure]:
    """With ten old tasks and two new ones, which the commands look at."""
    repo = lab.repository("read", tasks=10)
    work = "echo said; echo more >> d00/e0/file1.txt"
    start = ("start", "-q", "--mode", "worktree", "look around", "--", "sh", "-c", work)
    one, two = (lab.phc(*start, cwd=repo).strip() for _ in "12")
    for words in (*COMMANDS, ("compare", one, two)):
        yield _figure(lab, repo, words)
    local = lab.repository("local", tasks=10)
    made = "echo more >> d00/e0/file1.txt; echo made > untracked"
    lab.phc("start", "-q", "--mode", "local", "look around", "--", "sh", "-c", made, cwd=local)
    yield _figure(lab, local, ("diff", "-"), "of a local task")


def _figure(lab: Lab, repo: Path, words: tuple[str, ...], what: str = "") -> Figure:
    shown = ("TASK" if len(word) == ID else word for word in words)
    return Figure(
        " ".join(("reading:", *shown, what)).rstrip(),
        lambda: lab.time(*PROGRAM, *words, cwd=repo),
        lambda: lab.time(*PROGRAM, "status", cwd=repo),
        factor=2,
    )
