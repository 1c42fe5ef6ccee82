"""Tasks side by side, a line each below the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.cli import render
from git_phc.cli.safe import one_line
from git_phc.cli.summary import amount_of_time, mark
from git_phc.cli.terminal import Terminal
from git_phc.services.compare import Compared

NAMES = (
    "task", "no.", "agent", "status", "files", "lines", "commits", "turns", "worked", "tokens",
    "cost", "title",
)  # fmt: skip


def lines(terminal: Terminal, found: Sequence[Compared]) -> list[str]:
    """The names of the columns that say something, and a line a task."""
    rows = [_cells(one) for one in found]
    if len({one.task.title for one in found}) == 1:  # said once, above
        rows = [{**row, "title": ""} for row in rows]
        head = [render.paint(terminal, one_line(found[0].task.title), bold=True)]
    else:
        head = []
    shown = [name for name in NAMES if any(row[name] for row in rows)]
    table = render.table([shown, *([row[name] for name in shown] for row in rows)])
    marks = [" ", *(mark(terminal, one.status) for one in found)]
    return [*head, *(f"{sign} {line}" for sign, line in zip(marks, table, strict=True))]


def _cells(one: Compared) -> dict[str, str]:
    task, changes = one.task, (one.task.checkpoint or {}).get("changes") or {}
    usage = task.usage
    tokens = usage.get("input", 0) + usage.get("output", 0)
    return {
        "task": task.id.short,
        "no.": str(task.attempt or ""),
        "agent": one_line(task.agent),
        "status": one_line(one.status),
        "files": str(changes.get("files", "")),
        "lines": f"+{changes['added']} -{changes['removed']}" if "added" in changes else "",
        "commits": str(changes.get("ahead", "")),
        "turns": str(task.turn),
        "worked": amount_of_time(one.seconds),
        "tokens": str(tokens) if usage else "",
        "cost": f"{usage['micros'] / 1_000_000:.2f} USD" if "micros" in usage else "",
        "title": one_line(task.title),
    }
