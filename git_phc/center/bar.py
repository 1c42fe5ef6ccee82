"""The lowest line of the screen: what was done or went wrong last, else which keys there are."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.center.pieces import filled
from git_phc.center.text import Line, Spans
from git_phc.cli.safe import width


def draw_bar(told: Line | None, hints: Sequence[tuple[str, str]], columns: int) -> list[Spans]:
    """One line: `told`, or as many of the hints (a key, what it does) as fit."""
    if told:
        return [[filled(told, columns)]]
    spans: list[Line] = []
    room = columns
    for key, words in hints:
        needs = width(key) + width(words) + 3
        if needs > room:
            break
        room -= needs
        spans += [(key, "bold"), (f" {words}  ", "dim")]
    return [[*spans, (" " * room, "")]]
