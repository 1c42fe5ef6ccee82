"""A cell of the grid as a widget: it shows what it is handed, and tells of the mouse."""

from __future__ import annotations

from textual import events
from textual.message import Message

from git_phc.center.canvas import Canvas

WHEEL = 3  # lines


class Cell(Canvas):
    """One cell, by its number from 0 on."""

    class Picked(Message):
        """It was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Wheeled(Message):
        """The wheel was turned over it: so many lines back."""

        def __init__(self, number: int, lines: int) -> None:
            super().__init__()
            self.number, self.lines = number, lines

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def on_click(self) -> None:
        self.post_message(self.Picked(self.number))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Wheeled(self.number, WHEEL))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Wheeled(self.number, -WHEEL))
