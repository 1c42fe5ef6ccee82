"""Where a key stands in a TOML text: the parser tells the line of what it cannot read, no other.

A small search by lines. It knows tables, lists of tables, dotted and quoted keys, and passes
over strings of many lines. What stands inside a value has the line of the value's key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""Names from the top down; of a list of tables the number of the table, from 0."""

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAME})\s*(?:\]|$)")
_KEY = re.compile(rf"\s*({_NAME})\s*=\s*(.*)")


def key_lines(text: str) -> dict[Place, int]:
    """The line, from 1, of every table and key that is found."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    closing = ""  # what ends the string of many lines that we are in
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
        elif header := _HEADER.match(line):
            table = _names(header[2])
            found.setdefault(table, number)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
                found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_names(key[1])), number)
            closing = _opened(key[2])
    return found


def line_of(lines: Mapping[Place, int], place: Place) -> int | None:
    """The line of a key, or of the nearest thing around it that was found."""
    for end in range(len(place), 0, -1):
        if (line := lines.get(place[:end])) is not None:
            return line
    return None


def key_at(lines: Mapping[Place, int], line: int) -> Place:
    """The key that a line belongs to: the last one that begins there or above it."""
    above = [(number, len(place), place) for place, number in lines.items() if number <= line]
    return max(above)[2] if above else ()


def _names(name: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, name))


def _opened(value: str) -> str:
    """The quotes of a string that begins in this value, and does not end in its line."""
    found = re.search(r"'''|\"\"\"", value)
    return found[0] if found and value.count(found[0]) % 2 else ""
