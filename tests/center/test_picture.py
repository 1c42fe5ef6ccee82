"""The Command Center as a picture: the SVG that Textual makes of it, by its words and places.

How the picture is drawn is the library's business; which words stand in which line is ours.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.center.playing import Show, play
from tests.cli.making import NEVER, Maker

SVG = "{http://www.w3.org/2000/svg}"


def lines_of(svg: str) -> list[str]:
    """The words of a picture, line by line, from the top."""
    found: dict[float, list[tuple[float, str]]] = defaultdict(list)
    for text in ET.fromstring(svg).iter(f"{SVG}text"):
        if text.get("clip-path"):  # a piece of a line; the title of the window is none
            place = float(text.get("y", "0")), float(text.get("x", "0"))
            found[place[0]].append((place[1], text.text or ""))
    return [
        "".join(words for _, words in sorted(found[y])).replace("\xa0", " ") for y in sorted(found)
    ]


def test_the_words_of_the_picture(make: Maker, repo: Path) -> None:
    changes = {"files": 1, "added": 3, "removed": 0}
    make("Mend the <roof> & the [door]", "ready", at=NEVER, changes=changes)
    make("Paint it", "waiting", at=NEVER)

    async def story(show: Show) -> None:
        await show.until("Paint it")
        await show.until("Mend the")
        words = "\n".join(lines_of(show.app.export_screenshot()))
        for part in (
            "waits for you (2)",
            "1 ? Paint it",
            "Mend the <roof> & the [door]",
            "waiting · ",
            "+3 -0 · 0s",
            "worktree · command",
            "n starts a task",
            "n new  Enter attach",
        ):
            assert part in words, words

    play(repo, story, size=(160, 40))
