"""The pictures of the documentation can be made, of the real thing, and are text."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs.make_pictures import svg
from tests.kit import ROOT, require, run_program


def texts(picture: str) -> str:
    return " ".join(re.findall(r">([^<>]+)</text>", picture))


def test_a_screen_is_drawn_as_it_stands() -> None:
    drawn = svg("a \x1b[1;31m<b>\x1b[39m c\x1b[0m\n\x1b[7;38;5;196mx\x1b[48;2;1;2;3my\x1b[m", 20)
    root = ET.fromstring(drawn)
    found = [element for element in root.iter() if element.tag.endswith("text")]
    assert [element.text for element in found] == ["a ", "<b>", " c", "x", "y"]
    assert [element.get("font-weight") for element in found] == [None, "bold", "bold", None, None]
    assert [e.get("fill") for e in found][1:4] == ["#ff7b72", "#e6edf3", "#0d1117"]
    assert 'fill="#ff0000"' in drawn  # the other way around: behind the x


def test_the_pages_have_their_pictures() -> None:
    pictures = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    pages = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    assert pictures == set(re.findall(r"pictures/([\w-]+\.svg)", pages))


@pytest.mark.slow
@pytest.mark.e2e
def test_the_pictures_are_of_the_real_thing(tmp_path: Path) -> None:
    require("tmux")
    made = run_program([sys.executable, ROOT / "docs/make_pictures.py", tmp_path], timeout=400)
    assert made.code == 0, made
    shown = {path.stem: texts(path.read_text()) for path in tmp_path.glob("*.svg")}
    assert "waiting" in shown["status"]
    assert "Always allow" in shown["attach"]
    assert "Fix the date parser" in shown["center"]
