"""What stands before the grid for a moment: a yes or no, and the page of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from git_phc.center.keys import JUMP, KEYS
from git_phc.cli.safe import pad


def plain(text: str) -> Content:
    """Text in which nothing is markup."""
    return Content(text)


class Sure(ModalScreen[bool]):
    """Asks yes or no; anything but y is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("n,escape,enter,q,ctrl+c", "dismiss(False)", "no"),
    ]

    def __init__(self, question: str, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self._question, self._lines = question, lines

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            if self._lines:
                with VerticalScroll(classes="words"):
                    yield Static(plain("\n".join(self._lines)))
            yield Static(plain(self._question), classes="question")
            yield Static(plain("y yes   n no"), classes="keys")


class Help(ModalScreen[None]):
    """Every key, and what it does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter,ctrl+c", "dismiss(None)", "back")
    ]

    def compose(self) -> ComposeResult:
        rows = [*((key.shown, key.words) for key in KEYS), JUMP]
        lines = [f"{pad(key, 10)} {words}" for key, words in rows]
        with Vertical(classes="dialog"), VerticalScroll(classes="words"):
            yield Static(plain("\n".join(lines)))
