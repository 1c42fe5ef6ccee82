"""What a run may use up: `phc.budget`, in money or in tokens."""

from __future__ import annotations

import re

from msgspec import Struct

from git_phc.errors import UsageError

MICROS = 1_000_000  # of them are one US dollar


class Budget(Struct, frozen=True):
    """The most that one run may use: millionths of a US dollar, or tokens in and out."""

    micros: int | None = None
    tokens: int | None = None


def parse_budget(words: str | None) -> Budget:
    """`5usd`, `0.50usd`, `2000000tok`; None for no bound. Raises UsageError."""
    if words is None:
        return Budget()
    if found := re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*usd", words.strip().lower()):
        return Budget(micros=round(float(found[1]) * MICROS))
    if found := re.fullmatch(r"(\d{1,15})\s*tok", words.strip().lower()):
        return Budget(tokens=int(found[1]))
    raise UsageError(
        f"phc.budget is {words!r}, which is neither money nor tokens",
        "Set it: git config phc.budget 5usd, or 2000000tok",
    )
