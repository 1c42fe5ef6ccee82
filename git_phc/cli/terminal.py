"""The streams, the folder and the environment that a command was started with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from git_phc.services.context import Context

USUAL = 80  # columns of a screen that does not say how many it has


class Terminal:
    """Where a command reads and writes. Handed along as click's `obj`.

    Attributes:
        stdout: where the answer goes just now; a pager or a frame may stand before the screen.
        screen: where it goes in the end.
        mid_line: whether the last line of the answer is not finished yet.
    """

    def __init__(
        self,
        cwd: Path,
        environ: Mapping[str, str],
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
    ) -> None:
        self.cwd, self.environ = cwd, environ
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.mid_line = False
        self.screen = stdout

    def afresh(self) -> Terminal:
        """The same, with a context of its own."""
        return Terminal(self.cwd, self.environ, self.stdin, self.stdout, self.stderr)

    @cached_property
    def context(self) -> Context:
        """The repository here. Raises NotARepository."""
        from git_phc.services.context import open_context

        context = open_context(self.cwd, self.environ)
        context.asks = self.is_interactive
        context.progress = self.show_progress if self.stderr.isatty() else None
        return context

    def show_progress(self, line: str) -> None:
        """Shows how a talk with a remote goes, on one line; "" wipes it."""
        from git_phc.cli.safe import cut, one_line

        self.stderr.write(f"\r\x1b[K{cut(one_line(line), self.size[0] - 1)}")
        self.stderr.flush()

    @cached_property
    def is_screen(self) -> bool:
        """Whether the answer is read by a person, on a terminal."""
        return self.screen.isatty()

    @property
    def is_interactive(self) -> bool:
        """Whether a person sits there: asked and answered at a terminal."""
        return self.stdin.isatty() and self.is_screen

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines of the screen, as they are now: a window may be resized."""
        try:
            real = os.get_terminal_size(self.screen.fileno())
        except (OSError, ValueError):  # no file, or none that has a size
            real = os.terminal_size((0, 0))
        said = [self.environ.get(name, "") for name in ("COLUMNS", "LINES")]
        columns, lines = (int(word) if word.isdecimal() else 0 for word in said)
        return columns or real.columns or USUAL, lines or real.lines or 24

    @cached_property
    def colour(self) -> bool:
        """Whether to colour, as NO_COLOR and git's color.ui say."""
        if self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb":
            return False
        is_tty = "true" if self.is_screen else "false"
        words = ("config", "--get-colorbool", "color.ui", is_tty)
        return self.context.repo.git(*words, ok=(0, 1)).out.strip() == b"true"


pass_terminal = click.make_pass_decorator(Terminal)
"""Hands the Terminal to a command, as its first argument."""
