"""What a turn has cost so far, of all the conversations that codex holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from git_phc.plugins.records import Record

FIELDS = {
    "input": "inputTokens",
    "output": "outputTokens",
    "cached": "cachedInputTokens",
}

Counts = dict[str, int]


class Usage:
    """Sums up. codex counts for the whole life of a conversation, and we for the turn."""

    def __init__(self) -> None:
        self._before: dict[str, Counts] = {}
        self._now: dict[str, Counts] = {}

    def record(self, thread: str, told: Mapping[str, Any]) -> Record:
        """The turn's usage, now that this was told of one conversation."""
        total, last = _counts(told.get("total")), _counts(told.get("last"))
        if thread not in self._before:
            self._before[thread] = {name: total[name] - last[name] for name in FIELDS}
        before = self._before[thread]
        self._now[thread] = {name: total[name] - before[name] for name in FIELDS}
        sums = {name: sum(each[name] for each in self._now.values()) for name in FIELDS}
        return {"kind": "usage", **sums, "usd": None}


def _counts(told: object) -> Counts:
    numbers = told if isinstance(told, Mapping) else {}
    return {name: int(numbers.get(field) or 0) for name, field in FIELDS.items()}
