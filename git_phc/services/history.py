"""Who did what to a task, and when: its ref, read as a diary."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from msgspec import Struct

from git_phc.model.task import Task
from git_phc.services.context import Context

# Whatever the user has set for `git log`, these are lines for a program.
PLAIN = ("-z", "--no-show-signature", "--no-color", "--encoding=UTF-8")


class Entry(Struct, frozen=True):
    """One commit of a task's ref."""

    commit: str
    at: str
    who: str
    what: str


def history(ctx: Context, task: Task) -> Iterator[Entry]:
    """The task's events, oldest first; times RFC 3339 UTC."""
    words = (
        "log", "--reverse", "--topo-order", *PLAIN, "--date=format:%Y-%m-%dT%H:%M:%SZ",
        "--format=%H%x1f%ad%x1f%an <%ae>%x1f%s", task.tip, "--",
    )  # fmt: skip
    for line in os.fsdecode(ctx.repo.git(*words).out).split("\0"):
        if line:
            yield Entry(*line.rstrip("\n").split("\x1f", 3))


def subjects(ctx: Context, commits: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each commit that is still here, with its message's first line, in the order given."""
    if not commits:
        return
    words = ("log", "--no-walk=unsorted", "--ignore-missing", *PLAIN, "--format=%H %s", "--stdin")
    found = ctx.repo.git(*words, input="\n".join([*commits, ""]).encode())
    for line in os.fsdecode(found.out).split("\0"):
        id, space, subject = line.strip("\n").partition(" ")
        if space:
            yield id, subject
