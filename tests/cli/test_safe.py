from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_phc.cli.safe import cut, escaped, one_line, pad, safe, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPsixel\x1b\\text", "text"),
        ("\x1b(Btext\x1b7\x1b=", "text"),
        ("a\x1b", "a"),
        ("a\x1b[", "a["),
        ("bell\x07 back\x08", "bell back"),
        ("10%\r20%\r\nend", "10%\n20%\nend"),
        ("evil\u202etxt.exe\u2066", "eviltxt.exe"),
        ("\udcff\ud800", ""),
        ("שלום 👩\u200d💻 e\u0301", "שלום 👩\u200d💻 e\u0301"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_one_line() -> None:
    assert one_line(" a\r\nb\tc \u2028 d\x1b[0m ") == "a b c d"


@given(st.text(st.characters(max_codepoint=0x2100), max_size=200))
def test_no_control_character_is_left(text: str) -> None:
    left = set(safe(text)) - {"\n", "\t"}
    assert not [c for c in left if ord(c) < 32 or 127 <= ord(c) < 160 or 0x202A <= ord(c) <= 0x202E]
    assert safe(safe(text)) == safe(text)


@given(st.text(max_size=100))
def test_escaped_json_means_the_same(text: str) -> None:
    for indent in (None, 2):
        written = escaped(json.dumps({"text": text}, ensure_ascii=False, indent=indent))
        assert json.loads(written) == {"text": text}
        assert set(safe(written)) == set(written)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("修复", 4), ("e\u0301", 1), ("👩\u200d💻", 4), ("", 0), ("שלום", 4)],
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns
    assert width(pad(text, 9)) == 9


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("修复解析", 5, "修复…"),
        ("修复解析", 6, "修复…"),
        ("abc", 1, "…"),
    ],
)
def test_cut(text: str, columns: int, shown: str) -> None:
    assert cut(text, columns) == shown
    assert width(shown) <= columns
