"""Trailers in the file of a commit's message."""

from __future__ import annotations

from pathlib import Path

from git_phc.git.repo import Repo


def add_trailer(repo: Repo, file: Path, line: str) -> None:
    """Adds a trailer (`Name: value`) to the message in `file`, unless it has it."""
    repo.git(
        "interpret-trailers", "--in-place", "--if-exists", "addIfDifferent", "--trailer", line,
        str(file),
    )  # fmt: skip
