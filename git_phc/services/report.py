"""All that a report on a task tells, gathered: its story, what was said, what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.diff import diff
from git_phc.services.seen import seen_status
from git_phc.services.story import Whole, whole
from git_phc.services.transcript import Part

# Whatever the user has set for `git diff`, the page reads what git says by default.
PLAIN = ("--no-color", "--no-renames", "--src-prefix=", "--dst-prefix=", "--submodule=short")


class Report(Struct, frozen=True):
    """One task, as of `made`.

    Attributes:
        status: as it is seen from here.
        records: the transcript of all its runs.
        diff: what it has changed, as git shows it; "" for nothing.
        no_diff: why that cannot be told, where it cannot.
    """

    task: Task
    made: str
    status: str
    story: Whole
    records: Sequence[Mapping[str, Any]]
    diff: str
    no_diff: str | None = None


def report(ctx: Context, task: Task) -> Report:
    """Reads all of it. A diff may show the workspace as it is now, so what is secret is taken
    out of it, as it is out of all that is kept.
    """
    why = None
    try:
        text = ctx.redact(diff(ctx, task, PLAIN).decode("utf-8", "replace"))
    except Refused as refused:  # nothing is kept yet, or its folder is not what it was
        text, why = "", refused.message
    records = list(Part(ctx, task).past())
    now = ctx.clock.now()
    return Report(task, now, seen_status(ctx, task), whole(ctx, task), records, text, why)
