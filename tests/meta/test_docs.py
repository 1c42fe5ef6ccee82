"""The pages lead where they say, and tell of what there is."""

from __future__ import annotations

import re
from pathlib import Path

from git_phc.cli.app import ALIASES, COMMANDS
from git_phc.plugins import spec
from tests.kit import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")


def anchors(page: Path) -> set[str]:
    """What the headings of a page can be called by."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_every_link_leads_somewhere() -> None:
    astray = []
    for page in PAGES:
        for name, anchor in LINK.findall(page.read_text(encoding="utf-8")):
            there = page.parent / name if name else page
            if not there.exists() or (anchor and anchor not in anchors(there)):
                astray.append(f"{page.name}: {name}#{anchor}")
    assert astray == []


def test_every_page_is_listed() -> None:
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    names = {page.name for page in PAGES} - {"README.md"}
    assert [name for name in sorted(names) if f"]({name})" not in listed] == []


def test_every_hook_is_told_of() -> None:
    told = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert [
        name for name in vars(spec) if name.startswith("phc_") and f"`{name}`" not in told
    ] == []


def test_every_command_that_is_shown_exists() -> None:
    known = {*COMMANDS, *ALIASES, "CMD", "COMMAND", "hook"}
    shown = {
        (page.name, word)
        for page in PAGES
        for word in re.findall(r"git phc ([a-z][\w-]*)", page.read_text(encoding="utf-8"))
    }
    assert sorted(one for one in shown if one[1] not in known) == []
