"""The list of tasks as lines: which columns there are, and which of them fit."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.cli import render
from git_phc.cli.safe import cut, one_line, width
from git_phc.cli.summary import age, attempt_words, change_words, mark, track_words
from git_phc.cli.terminal import Terminal
from git_phc.services.overview import Overview, Row

COLUMNS = ("name", "status", "age", "mode", "agent", "branch", "changes", "track", "title")
# Where a line has no room for all, these go, in this order, until the title has its own.
LEAVE = ("branch", "agent", "mode", "track", "changes")
TITLE = 20  # columns that a title keeps at least
MARK = 2  # columns of the mark before each line


def lines(terminal: Terminal, rows: Sequence[Row]) -> list[str]:
    """A line a task, cut to the screen's width where there is a screen."""
    limit = max(terminal.size[0] - MARK, TITLE) if terminal.is_screen else 0
    cells = [_cells(terminal, row) for row in rows]
    table = render.table(_fitting(cells, limit), limit=limit)
    return [f"{mark(terminal, row.status)} {line}" for row, line in zip(rows, table, strict=True)]


def _cells(terminal: Terminal, row: Row) -> dict[str, str]:
    task, changes = row.task, (row.task.checkpoint or {}).get("changes")
    return {
        "name": row.name,
        "status": one_line(row.status),
        "age": age(task.since, terminal.context.clock.now()),
        "mode": one_line(task.mode),
        "agent": one_line(task.agent),
        "branch": one_line(task.branch or ""),
        "changes": change_words(changes),
        "track": track_words(terminal, changes),
        "title": _notes(terminal, row) + one_line(task.title) + _asks(row),
    }


def _notes(terminal: Terminal, row: Row) -> str:
    """What else there is to say of a task, before its title."""
    pin = ("★ " if terminal.colour else "(pinned) ") if row.task.pinned else ""
    away = {"(archived) ": row.task.archived, "(deleted) ": row.task.deleted}
    marks = "".join(word for word, is_set in away.items() if is_set)
    return pin + marks + attempt_words(row.task)


def _asks(row: Row) -> str:
    """What it waits for, or whom, after its title."""
    if row.task.handoff:
        return f" · for {one_line(row.task.handoff)} (git phc pick {row.name})"
    return f" · asks: {one_line(str(row.task.waiting[0]['title']))}" if row.task.waiting else ""


def _fitting(cells: Sequence[dict[str, str]], limit: int) -> list[list[str]]:
    """The cells of the columns that leave room for the titles."""
    shown = list(COLUMNS)
    if limit and cells:
        widths = {name: max(width(row[name]) for row in cells) for name in COLUMNS}
        title = min(widths["title"], TITLE)
        for name in LEAVE:
            used = sum(widths[each] + 2 for each in shown[:-1] if widths[each])
            if used + title <= limit:
                break
            shown.remove(name)
    return [[row[name] for name in shown] for row in cells]


def footer(terminal: Terminal, found: Overview, limit: int | None) -> list[str]:
    """What is not in the list, counted; how to begin where there is nothing at all."""
    if not found.rows and not found.hidden and not found.damaged:
        return ['No tasks yet. Start one: git phc start "…"']
    away = sorted(found.hidden.items())
    counts = [f"{count} {name}" for name, count in away if name != "deleted"]
    beyond = len(found.rows[limit:]) if limit else 0
    if beyond:
        counts.insert(0, f"{beyond} beyond --limit")
    parts = [f"{', '.join(counts)} (git phc status --all)"] if counts else []
    if deleted := found.hidden["deleted"]:
        parts.append(f"{deleted} deleted (git phc status --deleted)")
    if not parts:
        return []
    words = f"Not shown: {', '.join(parts)}"
    columns = terminal.size[0] if terminal.is_screen else width(words)
    return [render.paint(terminal, cut(words, columns), dim=True)]
