"""Which key does what: the one table of which bindings, hints and the help page are made."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from textual.binding import Binding

from git_phc.center.grids import MOST


class Key(Struct, frozen=True):
    """A key.

    Attributes:
        keys: in Textual's words, with commas between several that do the same.
        action: the app's method, without `action_`.
        shown: how it is named on the screen.
        words: what it does; `short` in the lowest line, "" for one that is only in the help.
    """

    keys: str
    action: str
    shown: str
    words: str
    short: str = ""


KEYS = (
    Key("n", "new", "n", "start a new task", "new"),
    Key("enter", "attach", "Enter", "attach: follow it in the plain terminal", "attach"),
    Key("i", "write", "i", "write to it: an answer where it waits, else a follow-up", "write"),
    Key("a", "answer('allow')", "a", "allow what it asks, once", "allow"),
    Key("A", "answer('always')", "A", "allow it, and more such"),
    Key("d", "answer('deny')", "d", "deny what it asks", "deny"),
    Key("tab", "turn(1)", "Tab", "conversation, diff, log", "view"),
    Key("shift+tab", "turn(-1)", "Shift-Tab", "the same, backwards"),
    Key("s", "stop", "s", "stop its run, and keep the work", "stop"),
    Key("r", "resume", "r", "resume the same conversation", "resume"),
    Key("m", "merge", "m", "merge its work into the branch here; then it is done", "merge"),
    Key("x", "finish", "x", "done: keep the work, remove the worktree", "done"),
    Key("u", "undo", "u", "take back the last done, merge or rewind", "undo"),
    Key("g", "grid(1)", "g", "another grid: 1x1, 2x1, 1x2, 2x2, 3x2, 3x3", "grid"),
    Key("G", "grid(-1)", "G", "the same, backwards"),
    Key("slash", "search", "/", "search: only tasks with these words; Escape ends it", "search"),
    Key("I", "write_all", "I", "write to all that are in view"),
    Key("S", "stop_all", "S", "stop all that run"),
    Key("down,j", "step(1)", "j, down", "down the list"),
    Key("up,k", "step(-1)", "k, up", "up the list"),
    Key("left,h", "move(-1,0)", "h, left", "to the cell at the left"),
    Key("right,l", "move(1,0)", "l, right", "to the cell at the right"),
    Key("pageup,b", "scroll(1)", "PageUp", "back in what is shown"),
    Key("pagedown,f", "scroll(-1)", "PageDown", "forth again"),
    Key("end", "newest", "End", "to the newest"),
    Key("escape", "leave", "Escape", "end the search; take the message away"),
    Key("question_mark,f1", "help", "?", "this page", "help"),
    Key("q,ctrl+c,ctrl+q", "leave_center", "q", "quit: all runs go on", "quit"),
)  # fmt: skip
JUMP = ("1-9", "jump to that cell")


def bindings() -> Iterator[Binding]:
    """All keys, for the app."""
    for key in KEYS:
        yield Binding(key.keys, key.action, key.words, show=False)
    for number in range(1, MOST + 1):
        yield Binding(str(number), f"jump({number})", JUMP[1], show=False)


def hints() -> list[tuple[str, str]]:
    """What the lowest line says; help comes first, since there may be no room for all."""
    shown = [key for key in KEYS if key.short]
    return [(key.shown, key.short) for key in sorted(shown, key=lambda key: key.action != "help")]
