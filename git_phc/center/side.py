"""The list of tasks at the side, as lines: what waits for you first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from git_phc.center.pieces import filled, status_style
from git_phc.center.state import State
from git_phc.center.text import Line, Spans
from git_phc.cli.safe import cut, one_line, pad, width
from git_phc.cli.summary import MARKS, UNKNOWN, age
from git_phc.services.overview import Row

WAITS = ("waiting", "interrupted", "stale", "failed", "ready")
WORKS = ("running", "preparing", "queued")
NOTHING = "No tasks yet: n starts one"


def side_width(columns: int) -> int:
    """How wide the list is on a screen of so many columns; 0 where there is no room for it."""
    return 0 if columns < 60 else min(max(columns // 4, 24), 44)


def group(row: Row) -> str:
    """The heading that a task stands below."""
    if row.task.pinned:
        return "pinned"
    if row.status in WAITS:
        return "waits for you"
    return "at work" if row.status in WORKS else "at rest"


Entry = tuple[Spans, str]  # a line, and the id of the task that it stands for, "" for none


def draw_side(state: State, columns: int, lines: int, now: str) -> list[Entry]:
    """The whole list, as much of it as fits: that the selected one is seen is made sure of."""
    shown = state.shown
    listed = list(_listed(shown))
    own = state.cells[state.focus]
    at = next((at for at, one in enumerate(listed) if _id(one) == own), 0)
    room = max(lines - 1, 0)
    top = max(0, min(at - room // 2, len(listed) - room))
    drawn = [(_entry(state, one, columns, now), _id(one)) for one in listed[top : top + room]]
    if not shown and state.known:
        words = "Nothing has these words" if state.filter else NOTHING
        drawn = [([filled((words, "dim"), columns)], "")]
    blank: Entry = ([filled(("", ""), columns)], "")
    drawn += [blank] * (room - len(drawn))
    return [*drawn, ([filled((_foot(state, shown), "dim"), columns)], "")]


def _foot(state: State, shown: Sequence[Row]) -> str:
    if state.filter:
        return f"{len(shown)} of {len(state.rows)} have: {one_line(state.filter)}"
    return f"and {state.away}" if state.away else ""


def _listed(shown: Sequence[Row]) -> Iterator[Row | str]:
    """The tasks, and before each group of them its heading."""
    counts = Counter(group(row) for row in shown)
    heading = ""
    for row in shown:
        if group(row) != heading:
            heading = group(row)
            yield f"{heading} ({counts[heading]})"
        yield row


def _id(one: Row | str) -> str:
    return "" if isinstance(one, str) else one.task.id


def _entry(state: State, one: Row | str, columns: int, now: str) -> Spans:
    if isinstance(one, str):
        return [filled((one, "bold"), columns)]
    return _line(state, one, columns, now)


def _line(state: State, row: Row, columns: int, now: str) -> Spans:
    task = row.task
    symbol, _ = MARKS.get(row.status, UNKNOWN)
    cell = state.cells.index(task.id) + 1 if task.id in state.cells else None
    is_own = cell is not None and cell - 1 == state.focus
    style = "reverse" if is_own else ""
    since = f" {age(task.since, now)}"
    head: Line = (f"{cell or ' '} ", f"bold {style}".strip() if cell else style)
    # In the selected line a colour would be a ground to read on.
    mark: Line = (f"{symbol} ", "bold reverse" if is_own else status_style(row))
    room = max(columns - 4 - width(since), 1)
    title = pad(cut(one_line(task.title), room), room)
    return [head, mark, (title, style), (since, style or "dim")]
