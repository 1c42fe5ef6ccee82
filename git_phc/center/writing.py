"""The dialog in which one writes: a prompt for a new task, a follow-up, an answer in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct, field
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static, TextArea

from git_phc.center.dialogs import plain

KEYS = "Enter sends   Ctrl-J begins a new line   Escape leaves"


class Paper(TextArea):
    """Where one writes: Enter sends, as people who talk to agents are used to."""

    class Sent(Message):
        """It is written."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Sent())
        elif event.key in ("ctrl+j", "shift+enter", "alt+enter"):
            event.stop()
            event.prevent_default()
            self.insert("\n")
        else:
            await super()._on_key(event)


class Choice(Widget, can_focus=True):
    """One of several words, chosen by the arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "before"),
        Binding("right,space", "turn(1)", "next"),
    ]
    at: reactive[int] = reactive(0)

    def __init__(self, name: str, words: Sequence[str]) -> None:
        super().__init__(name=name)
        self._words = words

    @property
    def chosen(self) -> str:
        return self._words[self.at]

    def action_turn(self, by: int) -> None:
        self.at = (self.at + by) % len(self._words)

    def render(self) -> Content:
        sides = "< {} >" if self.has_focus else "  {}  "
        return plain(f"{self.name or '':<10}{sides.format(self.chosen)}")


class Written(Struct, frozen=True):
    """What was written, and what was chosen below it."""

    text: str
    choices: Mapping[str, Any] = field(default_factory=dict)


class Writing(ModalScreen[Written | None]):
    """Takes a text, and what stands to choose; None when one leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "leave", priority=True),
        Binding("enter", "send", "send"),
    ]
    AUTO_FOCUS = "Paper"

    def __init__(self, title: str, choices: Mapping[str, Sequence[str]], text: str) -> None:
        super().__init__()
        self._title, self._choices, self._text = title, choices, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(plain(self._title), classes="question")
            yield Paper(self._text, compact=True, tab_behavior="focus", highlight_cursor_line=False)
            for name, words in self._choices.items():
                yield Choice(name, words)
            more = "   Tab and arrows choose" if self._choices else ""
            yield Static(plain(KEYS + more), classes="keys")

    def on_paper_sent(self) -> None:
        self.action_send()

    def action_send(self) -> None:
        """Gives what was written; nothing is sent of nothing."""
        text = self.query_one(Paper).text.strip()
        if text:
            chosen = {str(one.name): one.chosen for one in self.query(Choice)}
            self.dismiss(Written(text, chosen))
