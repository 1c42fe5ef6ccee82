"""The file that a report goes to. An earlier report gives way; nothing else is written over."""

from __future__ import annotations

import os
from pathlib import Path

from git_phc.cli.report.page import GENERATOR
from git_phc.errors import PhcError, Refused
from git_phc.host.paths import replace_file

BEGINNING = 2000  # bytes within which a page of ours says who made it


def write_page(path: Path, page: str) -> int:
    """Puts the page at `path`; its size in bytes. Raises Refused, PhcError."""
    data = page.encode("utf-8", "replace")
    if not path.parent.is_dir():
        raise PhcError(f"there is no folder {path.parent}", f"Make it: mkdir -p '{path.parent}'")
    if os.path.lexists(path) and not is_report(path):
        raise Refused(
            f"{path} is there already, and is no report of a task",
            "Give the report another name, or move that away first",
        )
    replace_file(path, data)
    return len(data)


def is_report(path: Path) -> bool:
    """Whether a plain file is there that was made by us; no device, pipe or link is."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return f'name="generator" content="{GENERATOR}"'.encode() in file.read(BEGINNING)
