"""What a command told, with what differs from run to run written as a word."""

from __future__ import annotations

import re
from pathlib import Path

_WORDS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "TIME"),
    (r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", "EVENT"),
    (r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])", "COMMIT"),
    (r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])", "COMMIT"),
    (r"(?<![a-z])[k-z]{32}(?![a-z])", "TASK"),
    (r"(?<![a-z])[k-z]{8}(?![a-z])", "SHORT"),
)


def told(text: str, folder: Path | None = None) -> str:
    """`text` with times, ids and the test's folder replaced."""
    if folder:
        text = text.replace(str(folder), "DIR")
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    return text


def listed(text: str) -> str:
    """A list of tasks, in which all have the same name and age."""
    text = re.sub(r"(?m)^(\W) [k-z]{4,32} ", r"\1 NAME ", text)
    return re.sub(r"(?<= )[1-9]\d*[smhd] +", "9d  ", text)
