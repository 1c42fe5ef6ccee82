"""The list at the side as a widget: it shows what it is handed, and tells what was clicked."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from git_phc.center.canvas import Canvas
from git_phc.center.side import Entry


class TaskList(Canvas):
    """The list."""

    class Picked(Message):
        """A task was clicked, by its id."""

        def __init__(self, task: str) -> None:
            super().__init__()
            self.task = task

    _ids: Sequence[str] = ()

    def show(self, entries: Sequence[Entry]) -> None:
        """Shows these lines from now on."""
        self._ids = [id for _, id in entries]
        self.draw([spans for spans, _ in entries])

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._ids) and self._ids[event.y]:
            self.post_message(self.Picked(self._ids[event.y]))
