from __future__ import annotations

import hashlib
import time

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.text import (
    HEAD,
    INLINE,
    LONGEST,
    SLUG,
    Text,
    clean,
    shorten,
    slug_from_title,
    text_from_string,
    title_from_prompt,
)
from tests.model.making import LONG

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
NAME = "a" * 64


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("", "Untitled"),
        (" \n\t\r\n ", "Untitled"),
        ("---\n\n# Fix the parser\n\nIt fails.", "Fix the parser"),
        ("> `quoted` -", "quoted"),
        ("* one\r\n* two", "one"),
        ("Fix\tthe   parser \u00a0now", "Fix the parser now"),
        ("a\x00\x1b[31mred\x07 \x7f b", "a[31mred b"),
        ("a \x00 b", "a b"),
        ("\x00\x01", "Untitled"),
        ("abc\u202edef\u2066ghi\u2069", "abcdefghi"),
        ("תקן את זה", "תקן את זה"),
        (f"Fix {FAMILY} 🏴\U000e0067\U000e007f", f"Fix {FAMILY} 🏴\U000e0067\U000e007f"),
        ("half \ud800 a character", "half a character"),
        ("private \ue000 use", "private use"),
        ("one\u2028two", "one"),
        ("x" * 80, "x" * 71 + "…"),
        ("word " * 20, "word " * 13 + "word…"),
        ("." * 100, "…"),
        ("\n" * 100_000 + "too late", "Untitled"),
    ],
)
def test_titles_from_prompts(prompt: str, title: str) -> None:
    assert title_from_prompt(prompt) == title


@pytest.mark.parametrize("prompt", ["word " * 210_000, "\n" * 1_000_000, "é" * 1_000_000])
def test_a_large_prompt_is_no_work(prompt: str) -> None:
    begin = time.perf_counter()
    assert 0 < len(title_from_prompt(prompt)) <= 72
    assert time.perf_counter() - begin < 0.05


def test_a_character_that_a_later_unicode_assigns_is_kept() -> None:
    """Else a title that one version of Python accepts were damage to another."""
    assert clean("a \U0001fae8 \u0378 b") == "a \U0001fae8 \u0378 b"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two words", 8, "two wor…"),
        ("some words, cut", 12, "some words…"),
        ("a bcdefghijklmnop", 10, "a bcdefgh…"),
    ],
)
def test_texts_are_cut_between_words(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
    assert len(short) <= limit


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Fix the parser!", "fix-the-parser"),
        ("../../x", "x"),
        ("a.lock", "a-lock"),
        (".lock", "lock"),
        ("-rf /", "rf"),
        ("--upload-pack=sh", "upload-pack-sh"),
        ("@{-1}", "1"),
        ("a..b//c\\d~e^f:g?h*i[j", "a-b-c-d-e-f-g-h-i-j"),
        ("Größe und Éclair", "groe-und-eclair"),
        ("ＦＩＸ ①", "fix-1"),
        ("修复解析器", ""),
        ("🎉", ""),
        ("", ""),
        ("\x00\n\u202e", ""),
        ("x" * 39 + " y", "x" * 39),
        ("x" * 100, "x" * SLUG),
    ],
)
def test_slugs_can_stand_in_a_branch_and_a_path(title: str, slug: str) -> None:
    assert slug_from_title(title) == slug


@pytest.mark.parametrize("whole", ["", "x", "é\n\0", "x" * INLINE])
def test_a_short_text_stands_in_its_event(whole: str) -> None:
    text, files = text_from_string(whole)
    assert (text, files) == (Text(whole, len(whole.encode())), {})
    assert text.json == whole
    assert Text.parse(text.json) == text


def test_a_long_text_is_a_file_of_its_own() -> None:
    whole = "é" * (INLINE // 2) + "!"
    data = whole.encode()
    name = hashlib.sha256(data).hexdigest()
    text, files = text_from_string(whole)
    assert files == {name: data}
    assert text == Text("é" * (HEAD // 2), INLINE + 1, name)
    assert text.json == {"bytes": INLINE + 1, "head": "é" * (HEAD // 2), "sha256": name}
    assert Text.parse(text.json) == text


def test_the_head_ends_with_a_whole_character() -> None:
    text, _ = text_from_string("x" + "€" * INLINE)
    assert text.head == "x" + "€" * ((HEAD - 1) // 3)


def test_half_characters_are_replaced() -> None:
    assert text_from_string("a\udcffb\ud800") == (Text("a?b?", 4), {})


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        True,
        ["x"],
        {},
        {"bytes": 20_000, "head": "x"},
        {"bytes": 20_000, "sha256": NAME},
        {"head": "x", "sha256": NAME},
        {"bytes": True, "head": "x", "sha256": NAME},
        {"bytes": "20000", "head": "x", "sha256": NAME},
        {"bytes": -1, "head": "x", "sha256": NAME},
        {"bytes": INLINE, "head": "x", "sha256": NAME},
        {"bytes": LONGEST + 1, "head": "x", "sha256": NAME},
        {"bytes": 20_000, "head": 1, "sha256": NAME},
        {"bytes": 20_000, "head": "x", "sha256": ""},
        {"bytes": 20_000, "head": "x", "sha256": "../../event.json"},
        {"bytes": 20_000, "head": "x", "sha256": NAME + "\n"},
        {"bytes": 20_000, "head": "x", "sha256": LONG},
    ],
)
def test_a_text_of_another_shape_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical, match="a text has an unknown shape"):
        Text.parse(value)
