"""Shows something again and again on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress

from git_phc.cli.diagnostics import INTERRUPTED
from git_phc.cli.safe import cut, width
from git_phc.cli.terminal import Terminal
from git_phc.errors import UsageError

PAUSE = 1.0  # seconds
COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
CLEAR, HOME, CLEAR_LINE, CLEAR_REST = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"


def repeat(terminal: Terminal, once: Callable[[], object]) -> int:
    """Calls `once` each second until Ctrl-C; the exit code of that.

    What it writes is drawn over what was there, in one piece: nothing is cleared first, so
    that nothing flickers.
    """
    if not terminal.is_screen:
        raise UsageError("--watch needs a terminal", "Without one: git phc wait TASK")
    terminal.screen.write(CLEAR)
    with suppress(KeyboardInterrupt):
        while True:
            terminal.screen.write(frame(terminal, once))
            terminal.screen.flush()
            terminal.context.clock.sleep(PAUSE)
    return INTERRUPTED


def frame(terminal: Terminal, once: Callable[[], object]) -> str:
    """One drawing of the screen; what does not fit below its last line is counted there."""
    held = terminal.stdout, terminal.stderr
    drawn = terminal.stdout = terminal.stderr = io.StringIO()
    try:
        once()
    finally:
        terminal.stdout, terminal.stderr = held
    columns, height = terminal.size
    lines = [cut_painted(line, columns) for line in drawn.getvalue().splitlines()]
    room = height - 1  # the cursor stands on the last one
    if len(lines) > room:
        lines[room - 1 :] = [cut(f"… and {len(lines) - room + 1} more lines", columns)]
    return HOME + "".join(f"{line}{CLEAR_LINE}\n" for line in lines) + CLEAR_REST


def cut_painted(line: str, columns: int) -> str:
    """A line with colours in at most that many columns: one that wraps would push the first ones
    off the screen. What is cut off keeps its colours, so that they end.
    """
    shown, room = "", columns
    for part in COLOUR.split(line):
        if COLOUR.fullmatch(part):
            shown += part
        elif room > 0:
            kept = cut(part, room)
            shown += kept
            room -= width(kept)
    return shown
