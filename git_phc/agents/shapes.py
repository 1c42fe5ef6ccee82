"""Parts of what an agent says, in the shape that is expected, or empty: it may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapping(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key, else an empty one."""
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def mappings(of: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in the list under a key."""
    value = of.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(of: Mapping[str, Any], key: str) -> str:
    """The text under a key, else ""."""
    value = of.get(key)
    return value if isinstance(value, str) else ""


def number(of: Mapping[str, Any], key: str) -> int:
    """The whole number under a key, else 0."""
    value = of.get(key)
    return value if isinstance(value, int) else 0


def amount(of: Mapping[str, Any], key: str) -> float | None:
    """The number under a key, else None."""
    value = of.get(key)
    return float(value) if isinstance(value, int | float) else None
