"""Text from a task, made safe for a terminal: of its control characters only newline and tab
reach it, and nothing turns the reading order around.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

# What a program sends to a terminal to colour, to move, to name the window: gone as a whole,
# so that no letters of it stay behind.
_SEQUENCE = (
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[P\\]X^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]+[0-~]|\x1b[0-Z\\\\^-~]"
)
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled when it is first needed, which for most lists of tasks is never."""
    return re.compile(text)


def safe(text: str) -> str:
    """`text` without control characters but newline and tab.

    A lone carriage return, with which programs write over a line, ends the line.
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _pattern(_CONTROL).sub("", _pattern(_SEQUENCE).sub("", text))


def one_line(text: str) -> str:
    """`text` as one line: white space folded, nothing that does not print."""
    return " ".join(safe(text).split())


def escaped(json: str) -> str:
    r"""A JSON text whose control characters are written as `\u001b`: it means the same.

    Line ends between its values stay.
    """
    return _pattern(_CONTROL).sub(lambda found: f"\\u{ord(found[0]):04x}", json)


def width(text: str) -> int:
    """Columns that `text` takes on a terminal, about: wide characters count two."""
    return len(text) if text.isascii() else sum(_columns(letter) for letter in text)


@lru_cache(4096)
def _columns(letter: str) -> int:
    import unicodedata  # a library of its own, and most titles are plain

    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """`text` filled up with spaces to that many columns."""
    return text + " " * max(0, columns - width(text))


def cut(text: str, columns: int) -> str:
    """`text` in at most that many columns."""
    if width(text) <= columns:
        return text
    kept, used = "", 1
    for letter in text:
        used += _columns(letter)
        if used > columns:
            break
        kept += letter
    return kept.rstrip() + "…"
