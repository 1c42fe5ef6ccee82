"""What terminals know by themselves: the bell, and two sequences for a message on the desktop.

OSC 9 is that of iTerm2, Windows Terminal, WezTerm, Ghostty and kitty; OSC 777 that of urxvt, foot,
WezTerm and Ghostty. Neither does anything in a terminal that does not know it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from git_phc.model.notices import Notice
from git_phc.plugins import hook
from git_phc.plugins.notifiers import Notifier

LONGEST = 200  # letters; a desktop shows two lines


class Bell(Notifier):
    """Rings: a terminal marks its window, tmux its list of windows."""

    name = "bell"

    def on_screen(self, notice: Notice, environ: Mapping[str, str]) -> str:
        return "\a"


class Osc9(Notifier):
    """A message on the desktop."""

    name = "osc9"

    def on_screen(self, notice: Notice, environ: Mapping[str, str]) -> str:
        # It never begins with a number: "9;4;…" is a bar of progress to some terminals.
        return _through(f"\x1b]9;git phc: {_plain(notice.text)}\a", environ)


class Osc777(Notifier):
    """A message on the desktop, with a heading of its own."""

    name = "osc777"

    def on_screen(self, notice: Notice, environ: Mapping[str, str]) -> str:
        return _through(f"\x1b]777;notify;git phc;{_plain(notice.text)}\a", environ)


def _plain(text: str) -> str:
    """Without anything that could end the sequence, or begin a part of it."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown.replace(";", ",")[:LONGEST]


def _through(sequence: str, environ: Mapping[str, str]) -> str:
    """Past tmux, which keeps what it does not know, unless it is told to pass it on (and
    `allow-passthrough` is on).
    """
    if not environ.get("TMUX"):
        return sequence
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


@hook
def phc_notifiers() -> Sequence[Notifier]:
    """Those of a terminal."""
    return [Bell(), Osc9(), Osc777()]
