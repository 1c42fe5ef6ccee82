"""A cell of the grid, as lines: a box with a task's title, how it stands, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from git_phc.center.pieces import (
    Pen,
    boxed,
    edge,
    filled,
    how_far,
    how_worked_on,
    mark,
    spread,
    status_style,
)
from git_phc.center.state import View
from git_phc.center.text import Line, Spans
from git_phc.cli.asks import keys
from git_phc.cli.safe import one_line
from git_phc.model.task import Task
from git_phc.services.overview import Row

ROUND, HEAVY = "╭─╮│╰─╯", "┏━┓┃┗━┛"
EMPTY = "n starts a task"
ROOMY = 9  # lines inside a box from which on its head has two


class Card(Struct, frozen=True):
    """What there is to draw in a cell.

    Attributes:
        number: the key that jumps to it.
        row: its task, None in an empty cell.
        said: the text that is shown, wrapped for the width of the cell.
        asked: where in it what the task asks begins, None where it asks nothing.
        back: how many lines one has scrolled up.
    """

    number: int
    row: Row | None
    view: View = View.CONVERSATION
    said: Sequence[Line] = ()
    asked: int | None = None
    back: int = 0
    focused: bool = False
    answers: str = ""


LEAST = 8, 4  # columns and lines of a cell in which anything is drawn
ANSWERS = {"a": "allow", "A": "always", "d": "deny"}


def answer_hint(task: Task) -> str:
    """Which keys answer what a task asks."""
    known = [f"{key} {ANSWERS[key]}" for key in keys(task.waiting[0]) if key in ANSWERS]
    return "  ".join([*known, "i in words"])


def inner_width(columns: int) -> int:
    """The room that a cell's text has."""
    return max(columns - 2, 1)


def most_back(card: Card, lines: int) -> int:
    """How far one can scroll up in a cell of so many lines."""
    return max(len(card.said) - max(lines - (4 if lines - 2 >= ROOMY else 3), 1), 0)


def shows_question(card: Card, columns: int, lines: int) -> bool:
    """Whether what its task asks is seen in a cell of this size."""
    drawn = columns >= LEAST[0] and lines > LEAST[1]
    return drawn and card.asked is not None and not card.back


def draw_cell(card: Card, columns: int, lines: int, pen: Pen) -> list[Spans]:
    """The whole cell."""
    corners, style = (HEAVY, "bold cyan") if card.focused else (ROUND, "dim")
    if columns < LEAST[0] or lines < LEAST[1]:
        return [[filled(("", ""), columns)]] * lines
    inside = _inside(card, inner_width(columns), lines - 2, pen)
    return [
        edge(corners[:3], _title(card), "", columns, style),
        *boxed(inside, corners[3], style),
        edge(corners[4:], [], _hint(card), columns, style),
    ]


def _title(card: Card) -> Spans:
    number = (f" {card.number} ", "bold reverse" if card.focused else "bold")
    if card.row is None:
        return [number]
    title = f" {one_line(card.row.task.title)} "
    return [number, mark(card.row), (title, "bold" if card.focused else "")]


def _hint(card: Card) -> str:
    """What the lower edge says: how to answer, where one has scrolled to, what is looked at."""
    if card.row is None:
        return ""
    if card.back:
        return f"{card.back} more below"
    if card.view is not View.CONVERSATION:
        return card.view
    return card.answers


def _inside(card: Card, columns: int, lines: int, pen: Pen) -> list[Spans]:
    if card.row is None:
        middle = lines // 2
        words = EMPTY.center(columns)
        return [[filled((words if y == middle else "", "dim"), columns)] for y in range(lines)]
    head = _head(card.row, columns, pen.now, roomy=lines >= ROOMY)
    return [*head, *_body(card, columns, lines - len(head))]


def _head(row: Row, columns: int, now: str, *, roomy: bool) -> list[Spans]:
    """How its task stands: on two lines where there is room, else on one."""
    status, far = (one_line(row.status), status_style(row)), (how_far(row, now), "dim")
    how = how_worked_on(row)
    if not roomy:
        return [spread(status, (f" · {row.name} · {how}", "dim"), far, columns)]
    return [
        spread(status, (f" · {row.name}", "dim"), far, columns),
        [filled((how, "dim"), columns)],
    ]


def _body(card: Card, columns: int, lines: int) -> list[Spans]:
    """The end of what was said. What is asked is shown from its beginning: one must see what
    it is before one reads on.
    """
    top = max(len(card.said) - lines, 0)
    if card.asked is not None and not card.back:
        top = min(top, card.asked)
    top = max(top - card.back, 0)
    shown = [filled(line, columns) for line in card.said[top : top + lines]]
    shown += [filled(("", ""), columns)] * (lines - len(shown))
    return [[line] for line in shown]
