"""The only writer of standard output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from git_phc.cli.safe import cut, escaped, pad, safe, width
from git_phc.cli.terminal import Terminal

SCHEMA = 1


def line(terminal: Terminal, text: str = "") -> None:
    """One line of the answer. The caller has made what came from a task safe."""
    fresh_line(terminal)
    terminal.stdout.write(text + "\n")


def text(terminal: Terminal, some: str) -> None:
    """Text of an agent's, as it comes, made safe."""
    shown = safe(some)
    if shown:
        terminal.stdout.write(shown)
        terminal.mid_line = not shown.endswith("\n")
        terminal.stdout.flush()


def fresh_line(terminal: Terminal) -> None:
    """Ends a line that an agent has left unfinished, so that the next one is not glued to it."""
    if terminal.mid_line:
        terminal.stdout.write("\n")
        terminal.mid_line = False


def data(terminal: Terminal, some: bytes) -> None:
    """What git has made, as it is."""
    terminal.stdout.write(some.decode(errors="surrogateescape"))


def page(terminal: Terminal, whole: str) -> None:
    """A page of HTML; its maker has left out all that does not print."""
    terminal.stdout.write(whole)


def document(terminal: Terminal, body: Mapping[str, Any]) -> None:
    """One JSON document; keys that do not apply were left out by its maker."""
    whole = json.dumps({"schema": SCHEMA, **body}, indent=2, ensure_ascii=False)
    terminal.stdout.write(escaped(whole) + "\n")


def record(terminal: Terminal, body: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own."""
    terminal.stdout.write(escaped(json.dumps(body, ensure_ascii=False)) + "\n")
    terminal.stdout.flush()


def paint(terminal: Terminal, some: str, **style: Any) -> str:
    """`some` in colour, where colour is on."""
    return click.style(some, **style) if terminal.colour else some


def table(rows: Sequence[Sequence[str]], *, limit: int = 0) -> list[str]:
    """Rows with their columns aligned; empty columns are left out.

    With a `limit` of columns the last cell takes what it leaves.
    """
    if not rows:
        return []
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [pad(cell, wide) for cell, wide in zip(row, widths, strict=False) if wide]
        head = "  ".join([*cells, ""])
        last = cut(row[-1], max(limit - width(head), 1)) if limit else row[-1]
        lines.append(f"{head}{last}".rstrip())
    return lines
