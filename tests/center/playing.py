"""Plays the Command Center without a terminal: keys are pressed, and its screen is read."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from git_phc.center.app import Center
from git_phc.cli.terminal import Terminal
from tests.kit import Stream, overlaid

PATIENCE = 40.0  # seconds; many times what anything here takes on a busy machine


@dataclass
class Show:
    """The center on a stage: its screen as text, and hands."""

    app: Center
    pilot: Pilot[Any]

    @property
    def lines(self) -> list[str]:
        """The screen, line by line, as it would reach a terminal."""
        screen = self.app.screen
        filters = self.app.get_line_filters()
        strips = screen._compositor.render_strips()
        background = screen.background_colors[1]
        return [
            "".join(s.text for f in [strip] for s in _filtered(list(f), filters, background))
            for strip in strips
        ]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def bar(self) -> str:
        """The lowest line."""
        return self.lines[-1].rstrip()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, pattern: str | Callable[[], object]) -> None:
        """Waits until the pattern is on the screen, or the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not (re.search(pattern, self.text) if isinstance(pattern, str) else pattern()):
            assert time.monotonic() < deadline, f"{pattern} did not come:\n{self.text}"
            await self.pilot.pause(0.05)


def _filtered(segments: list[Any], filters: Any, background: Any) -> list[Any]:
    for each in filters:
        segments = each.apply(segments, background)
    return segments


Story = Callable[[Show], Awaitable[None]]


def play(
    repo: Path,
    story: Story,
    *,
    size: tuple[int, int] = (120, 40),
    env: Mapping[str, str | None] | None = None,
) -> None:
    """Opens the center in the repository, and plays the story to its end."""

    async def go() -> None:
        stdin, stdout, stderr = (Stream(tty=True) for _ in range(3))
        app = Center(Terminal(repo, overlaid(env), stdin, stdout, stderr))
        async with app.run_test(size=size) as pilot:
            await story(Show(app, pilot))

    asyncio.run(go())
