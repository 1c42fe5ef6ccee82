"""Styled text: wrapped for a screen, added to, bounded, and safe to show."""

from __future__ import annotations

import pytest

from git_phc.center.messages import Said
from git_phc.center.plainness import ascii_only, speaks_unicode
from git_phc.center.shown import Shown
from git_phc.center.state import View
from git_phc.center.text import MOST, Text, wrapped


def say(*texts: str) -> list[dict[str, str]]:
    return [{"kind": "text", "stream": "agent", "text": text} for text in texts]


def rows(text: Text, columns: int = 20) -> list[str]:
    return [line for line, _ in text.rows(columns)]


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("", [""]),
        ("ten letter", ["ten letter"]),
        ("ten letters of it", ["ten", "letters of", "it"]),
        ("abcdefghijklmnop", ["abcdefghij", "klmnop"]),
        ("日本語のテキスト", ["日本語のテ", "キスト"]),
        ("abc 日本語のテキスト", ["abc", "日本語のテ", "キスト"]),
    ],
)
def test_a_line_is_wrapped_at_words(line: str, pieces: list[str]) -> None:
    assert [text for text, _ in wrapped((line, "dim"), 10)] == pieces


def test_what_comes_in_pieces_is_one_line() -> None:
    text = Text()
    text.add(say("one", " line\ntwo"))
    assert rows(text) == ["one line", "two"]
    text.add(say(" lines\n"))
    assert rows(text) == ["one line", "two lines"]
    text.add([{"kind": "error", "text": "no"}])
    assert rows(text) == ["one line", "two lines", "! no"]
    assert text.rows(20)[-1][1] == "red"
    assert rows(text, 5)[:2] == ["one", "line"]


def test_only_so_much_is_kept() -> None:
    text = Text()
    for number in range(3 * MOST):
        text.add(say(f"{number}\n"))
        if number % 100 == 0:
            text.rows(20)
    assert len(text.rows(20)) <= 2 * MOST
    assert rows(text)[-1] == str(3 * MOST - 1)
    text.add(say("x" * 1_000_000))
    assert sum(map(len, rows(text, 80))) < 1_100_000


def test_no_control_sequence_comes_through() -> None:
    text = Text()
    text.add(
        [
            *say("a\x1b[31mred\x1b]0;title\x07b\x9b2J\tc\r\nd\u202e\n"),
            {"kind": "tool", "status": "ok", "command": "x\x1b[2J", "output": "o\x1b[Hp"},
            {"kind": "edit", "path": "p\x07", "diff": "+\x1b[m"},
        ]
    )
    assert rows(text) == ["aredb   c", "d", "✓ x", "    op", "± p", "    +"]


def test_who_has_scrolled_back_goes_on_to_see_what_they_see() -> None:
    shown = Shown()
    shown.hear(Said(say("1\n2\n3\n"), afresh=True))
    shown.rows(View.CONVERSATION, 20)
    shown.back = 2
    shown.hear(Said(say("4\n"), afresh=False))
    shown.rows(View.CONVERSATION, 20)
    assert shown.back == 3


def test_a_question_stands_below_once() -> None:
    shown = Shown(asked=[("? May I", "bold yellow"), ("    $ ls", "")])
    shown.hear(Said([*say("hm\n"), {"kind": "ask", "title": "May I"}], afresh=True))
    lines, at = shown.rows(View.CONVERSATION, 20)
    assert ([line for line, _ in lines], at) == (["hm", "? May I", "    $ ls"], 1)


def test_ascii_is_as_wide_as_what_it_stands_for() -> None:
    assert ascii_only("╭─ ● ready … ─╮│日") == "+- * ready ~ -+|??"
    assert ascii_only("plain") == "plain"


@pytest.mark.parametrize(
    ("environ", "speaks"),
    [
        ({"LANG": "C"}, False),
        ({}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # which Python itself has set
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.utf8"}, False),
    ],
)
def test_whether_a_locale_has_more_than_ascii(environ: dict[str, str], speaks: bool) -> None:
    assert speaks_unicode(environ) is speaks
