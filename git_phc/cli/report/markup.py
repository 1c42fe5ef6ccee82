"""HTML that is safe by its making: a text is escaped wherever it stands, and only `tag` makes
markup. There is no other way to it, so nothing in a task can become part of the page's own.
"""

from __future__ import annotations

import html

from git_phc.cli.safe import safe

VOID = ("meta", "br")  # have no end


class Markup(str):
    """A piece of HTML that `tag` has made."""

    __slots__ = ()


Child = str | None
"""Markup as it is; any other text, which is escaped; None for nothing."""


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element. `class_="x"` is its class, `text_anchor` its text-anchor; None leaves one out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    end = "" if name in VOID else f"</{name}>"
    return Markup(f"<{name}{said}>{joined(*children)}{end}")


def joined(*children: Child) -> Markup:
    """Several pieces, one after the other."""
    return Markup("".join(_piece(child) for child in children if child is not None))


def _piece(child: str) -> str:
    return child if isinstance(child, Markup) else _escaped(child)


def _escaped(text: str) -> str:
    """Without control characters, and without those that turn the reading order around."""
    return html.escape(safe(text))
