"""A conversation under another name."""

from __future__ import annotations

from git_phc.plugins.protocols import Files


def renamed(old: str, new: str, files: Files) -> Files:
    """The files of a conversation, its name in them and in theirs changed."""
    return {
        name.replace(old, new): data.replace(old.encode(), new.encode())
        for name, data in files.items()
    }
