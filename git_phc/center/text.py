"""Styled text, and a conversation as lines of it: what comes is added, old lines are let go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from git_phc.cli.records import record_lines
from git_phc.cli.safe import safe, width

Line = tuple[str, str]  # text without control characters, and its style ("", "bold red", "dim")
Spans = Sequence[Line]  # one line of the screen, in pieces

MOST = 2000  # lines that are kept of one text
LONGEST = 20_000  # letters of a line; one that goes on after so many is broken
TAB = 4


def style_of(given: Mapping[str, Any]) -> str:
    """A style in click's words as one string."""
    flags = [name for name in ("bold", "dim", "reverse") if given.get(name)]
    return " ".join([*flags, *filter(None, [given.get("fg")])])


def styled(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Line]:
    """Lines in click's styles, as ours."""
    return [(text.expandtabs(TAB), style_of(style)) for text, style in lines]


def wrapped(line: Line, columns: int) -> Iterator[Line]:
    """A line in pieces that fit."""
    text, style = line
    if len(text) <= columns and text.isascii():
        yield line
        return
    while width(text) > columns:
        at = _fitting(text, columns)
        yield text[:at], style
        text = text[at:].removeprefix(" ")
    yield text, style


def _fitting(text: str, columns: int) -> int:
    """How many letters of a text that is too long come into its first line; one at least."""
    at = columns
    if not text[:columns].isascii():
        used = accumulate(width(letter) for letter in text[: columns + 1])
        at = max(sum(total <= columns for total in used), 1)
    space = text.rfind(" ", at // 3, at + 1)
    return space if space > 0 else at


class Text:
    """Lines that grow at their end, and what they are on a screen of some width.

    Only what is new is wrapped when more has come.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines: list[Line] = list(lines)[-MOST:]
        self._open = ""  # the end of what was said, whose line is not finished
        self._rows: list[Line] = []
        self._done = 0  # lines that are in `_rows`
        self._columns = 0

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds what a transcript's records show."""
        for record in records:
            if record.get("kind") == "text":
                self._say(str(record.get("text", "")))
            else:
                lines = styled(record_lines(record, colour=True, columns=None))
                if lines:
                    self._finish()
                    self._lines += lines
        if len(self._lines) > 2 * MOST:
            self._lines = self._lines[-MOST:]
            self._done, self._rows = 0, []

    def _say(self, text: str) -> None:
        # Line by line: most of them are printable as they are, which is quickly seen.
        pieces = [safe(piece.removesuffix("\r")) for piece in text.split("\n")]
        *whole, self._open = (self._open + "\n".join(pieces)).split("\n")
        self._lines += [(line.expandtabs(TAB), "") for line in whole]
        if len(self._open) > LONGEST:
            self._finish()

    def _finish(self) -> None:
        if self._open:
            self._lines.append((self._open.expandtabs(TAB), ""))
            self._open = ""

    @property
    def last(self) -> str:
        """The last line."""
        return self._lines[-1][0] if self._lines and not self._open else self._open

    def rows(self, columns: int) -> list[Line]:
        """All of it on a screen of so many columns."""
        if columns != self._columns:
            self._columns, self._done, self._rows = columns, 0, []
        for line in self._lines[self._done :]:
            self._rows.extend(wrapped(line, columns))
        self._done = len(self._lines)
        if not self._open:
            return self._rows
        return [*self._rows, *wrapped((self._open.expandtabs(TAB), ""), columns)]
