"""What the tab key waits for, where a task's id is to come."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.figures.status import REFS, few, many
from bench.lab import Lab, one_after, python
from bench.measure import Figure

# What the console script does, in this checkout; `bench.lab.PROGRAM` is already past it.
PROGRAM = (sys.executable, "-c", "from git_phc.__main__ import main; main()", "__complete", "bash")


def figures(lab: Lab) -> Iterator[Figure]:
    """With ten tasks; and with ten thousand, whose refs git must list."""
    click = lambda: lab.time(*python("click"), cwd=few(lab))  # noqa: E731
    yield Figure(
        "completion of an id, 10 tasks",
        lambda: lab.time(*PROGRAM, "show", "", cwd=few(lab)),
        click,
        factor=1,
        extra=30,
    )
    yield Figure(
        "completion of an id, 10,000 tasks",
        lambda: lab.time(*PROGRAM, "show", "", cwd=many(lab)),
        one_after(click, lambda: lab.time(*REFS, cwd=many(lab))),
        factor=1,
        extra=30,
    )
