"""The pieces that drawings are put together from: cut, filled, and boxed lines of styled text."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from git_phc.center.text import Line, Spans, style_of
from git_phc.cli.safe import cut, one_line, pad, width
from git_phc.cli.summary import MARKS, UNKNOWN, age, change_words
from git_phc.services.overview import Row


class Pen(Struct, frozen=True):
    """How to draw on this screen, and the time now (RFC 3339)."""

    now: str
    colour: bool = True


def mark(row: Row) -> Line:
    """A task's status as a symbol."""
    return MARKS.get(row.status, UNKNOWN)[0], status_style(row)


def status_style(row: Row) -> str:
    return style_of(MARKS.get(row.status, UNKNOWN)[1])


def how_worked_on(row: Row) -> str:
    """How a task is worked on."""
    task = row.task
    return " · ".join(one_line(word) for word in (task.mode, task.agent, task.branch) if word)


def how_far(row: Row, now: str) -> str:
    """How far a task has come, and since when it stands there."""
    changes = change_words((row.task.checkpoint or {}).get("changes"))
    return " · ".join(filter(None, (changes, age(row.task.since, now))))


def spread(head: Line, left: Line, right: Line, columns: int) -> Spans:
    """A word, and two texts at the two ends of a line; what has no room is cut or left out."""
    room = columns - width(head[0])
    if room < 1:
        return [filled(head, columns)]
    if room - width(right[0]) < 1:
        return [head, filled(left, room)]
    room -= width(right[0])
    return [head, (pad(cut(left[0], room - 1), room), left[1]), right]


def filled(line: Line, columns: int) -> Line:
    """A line of exactly so many columns."""
    return pad(cut(line[0], columns), columns), line[1]


def edge(corners: str, inner: Spans, tail: str, columns: int, style: str) -> Spans:
    """The upper or lower edge of a box, with words in it."""
    left, right = corners[0] + corners[1], corners[1] + corners[2]
    room = columns - 4
    tail = cut(f" {tail} ", room) if tail and room > 4 else ""
    room -= width(tail)
    words: list[Line] = []
    for text, own in inner:
        shown = cut(text, room) if room > 1 else ""
        room -= width(shown)
        words.append((shown, own))
    return [(left, style), *words, (corners[1] * room, style), (tail, style), (right, style)]


def boxed(inside: Sequence[Spans], side: str, style: str) -> list[Spans]:
    """Lines between the two sides of a box."""
    return [[(side, style), *spans, (side, style)] for spans in inside]
