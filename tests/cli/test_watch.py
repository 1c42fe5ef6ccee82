"""`status --watch`: one drawing of the screen. That it goes on until Ctrl-C: test_screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.cli.diagnostics import say
from git_phc.cli.render import line
from git_phc.cli.terminal import Terminal
from git_phc.cli.watching import frame
from tests.kit import Phc, Stream

HOME, CLEAR_LINE, CLEAR_REST = "\x1b[H", "\x1b[K", "\x1b[J"


@pytest.mark.parametrize("more", [(), ("-a",), ("--mine",)])
def test_it_needs_a_terminal(more: tuple[str, ...], repo: Path, phc: Phc) -> None:
    refused = phc("status", "--watch", *more, cwd=repo)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == ("git phc: --watch needs a terminal.\nWithout one: git phc wait TASK\n")


@pytest.mark.parametrize("words", [("--json",), ("-q",), ("-",)])
def test_it_shows_the_list_and_nothing_else(words: tuple[str, ...], repo: Path, phc: Phc) -> None:
    refused = phc("status", "-w", *words, cwd=repo)
    assert refused.code == 2
    assert refused.err == (
        "git phc: --watch shows the list, and nothing else.\nSee: git phc status -h\n"
    )


def drawn(write: Callable[[Terminal], None]) -> str:
    """One drawing on a screen of 40 columns and 5 lines."""
    environ = {"COLUMNS": "40", "LINES": "5"}
    terminal = Terminal(Path(), environ, io.StringIO(), Stream(tty=True), Stream(tty=True))
    text = frame(terminal, lambda: write(terminal))
    assert (terminal.stdout, terminal.stderr.tell()) == (terminal.screen, 0)
    return text


def test_lines_are_drawn_over_what_was_there() -> None:
    def two(terminal: Terminal) -> None:
        line(terminal, "one")
        say(terminal, "a complaint")

    assert drawn(two) == f"{HOME}one{CLEAR_LINE}\na complaint{CLEAR_LINE}\n{CLEAR_REST}"


def test_what_does_not_fit_is_counted() -> None:
    def nine(terminal: Terminal) -> None:
        for number in range(9):
            line(terminal, str(number))

    rows = drawn(nine).removeprefix(HOME).removesuffix(CLEAR_REST).split(f"{CLEAR_LINE}\n")
    assert rows == ["0", "1", "2", "… and 6 more lines", ""]


def test_a_line_never_wraps() -> None:
    def wide(terminal: Terminal) -> None:
        say(terminal, "x" * 41)
        line(terminal, f"\x1b[31m{'漢' * 19}\x1b[0m abc")

    first, second, _ = drawn(wide).removeprefix(HOME).split(f"{CLEAR_LINE}\n")
    assert first == "x" * 39 + "…"
    assert second == f"\x1b[31m{'漢' * 19}\x1b[0m…"


def test_the_screen_is_given_back_after_an_error() -> None:
    def fail(terminal: Terminal) -> None:
        line(terminal, "half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drawn(fail)
