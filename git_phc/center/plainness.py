"""A screen that cannot show all: no colour, or nothing but ASCII."""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor

from git_phc.cli.safe import width

SIGNS = str.maketrans(
    {
        **dict.fromkeys("─═▔▁", "-"), "━": "=",
        **dict.fromkeys("│┃║▌▐▎▊█▕▏", "|"),
        **dict.fromkeys("╭╮╰╯┏┓┗┛┌┐└┘", "+"),
        "●": "*", "▶": ">", "▷": ">", "○": "o", "✗": "x", "✓": "v", "–": "-", "—": "-", "·": ",",
        "…": "~", "±": "~", "⊘": "x", "↑": "^", "↓": "v", "→": ">", "★": "*", "’": "'", "“": '"',
        "”": '"', "×": "x",
    }
)  # fmt: skip


def ascii_only(text: str) -> str:
    """The text in ASCII, and as wide as it was."""
    if text.isascii():
        return text
    text = text.translate(SIGNS)
    return "".join(letter if letter.isascii() else "?" * width(letter) for letter in text)


class AsciiOnly(LineFilter):
    """Writes every line in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(ascii_only(text), style, control) for text, style, control in segments]


def filters(environ: Mapping[str, str], *, colour: bool) -> list[LineFilter]:
    """What lines go through on their way to this screen."""
    found: list[LineFilter] = [] if colour else [NoColor()]
    return found if speaks_unicode(environ) else [*found, AsciiOnly()]


def speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the user's locale has more than ASCII.

    Where no locale is set, Python itself sets LC_CTYPE, so that one does not count.
    """
    words = [environ.get("LC_ALL"), environ.get("LC_CTYPE"), environ.get("LANG")]
    if not words[0] and words[1] == "C.UTF-8" and words[2] in (None, "", "C", "POSIX"):
        return False
    said = next((word for word in words if word), "C")
    return said.lower().replace("-", "").endswith("utf8")
