"""A conversation's files: read whole, and under another name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from git_phc.errors import Refused
from git_phc.plugins.protocols import Files

LARGEST = 256 << 20  # bytes of a conversation, which is in memory at once


def read_files(paths: Mapping[str, Path]) -> Files:
    """The files of a conversation by their names. An agent in a sandbox can make one as long as it
    likes, for nothing: Refused where they are too long.
    """
    if sum(path.stat().st_size for path in paths.values()) > LARGEST:
        raise Refused(f"the agent's files of it have more than {LARGEST} bytes")
    return {name: path.read_bytes() for name, path in paths.items()}


def renamed(old: str, new: str, files: Files) -> Files:
    """The files of a conversation, its name in them and in theirs changed."""
    return {
        name.replace(old, new): data.replace(old.encode(), new.encode())
        for name, data in files.items()
    }
