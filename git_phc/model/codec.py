"""Canonical JSON: one value, one sequence of bytes.

RFC 8785 without floats: sorted keys (by UTF-16 code units), UTF-8, no white space, integers
below 2^53. What is not canonical is refused when read, so that an id names one event only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

LARGEST = 2**53 - 1
DEEPEST = 64  # levels; a hostile file must not exhaust the stack


class NotCanonical(ValueError):
    """The bytes, or the value, are not canonical JSON."""


def encode(value: Json) -> bytes:
    """The canonical bytes of `value`. Raises NotCanonical where it has none."""
    text = _sorted(value) if _is_plain(value, 0) else _ordered(_checked(value, 0))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("a text holds half of a character") from error


def decode(data: bytes) -> Json:
    """The value of canonical bytes. Raises NotCanonical for any other bytes."""
    try:
        value: Json = json.loads(data, parse_float=_no_float, parse_constant=_no_float)
        again = _sorted(value).encode() if _reads_plain(data) else encode(value)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"this is no canonical JSON: {error}") from error
    if again != data:
        raise NotCanonical("this JSON is not in its canonical form")
    return value


def _no_float(_: str) -> Json:
    raise NotCanonical("a number is not whole")


# The encoder's own order of keys is by code points: that of UTF-16 where all are ASCII.
_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_ordered = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LEAVES = (str, bool, type(None))


def _is_plain(value: Json, depth: int) -> bool:
    """Whether the encoder's own way gives the canonical form. It does for nearly all that there
    is, and ten thousand tasks are received in half of the time by it.
    """
    if isinstance(value, _LEAVES):
        return True
    if isinstance(value, int):
        return abs(value) <= LARGEST
    if depth >= DEEPEST or type(value) not in (dict, list, tuple):
        return False
    items = value
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                return False
        items = list(value.values())
    for item in items:  # a loop takes half as long as `all` does
        if not isinstance(item, _LEAVES) and not _is_plain(item, depth + 1):
            return False
    return True


# What is read has only the types of JSON, and is plain where none of these is in it.
_LARGE = re.compile(rb"\d{16}")


def _reads_plain(data: bytes) -> bool:
    """`_is_plain` for a value that was read from these bytes; it may say no to a plain one."""
    deep = data.count(b"[") + data.count(b"{") > DEEPEST
    return data.isascii() and not deep and not _LARGE.search(data)


def _checked(value: Json, depth: int) -> Json:
    """`value` with its keys in order. Raises NotCanonical for what has no canonical form."""
    if depth > DEEPEST:
        raise NotCanonical("this JSON is nested too deep")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical("a number is too large")  # not shown: it may fill a page
        return value
    if isinstance(value, Mapping):
        ordered = sorted(value.items(), key=_utf16)
        return {key: _checked(item, depth + 1) for key, item in ordered}
    if isinstance(value, Sequence):
        return [_checked(item, depth + 1) for item in value]
    raise NotCanonical(f"{type(value).__name__} has no place in canonical JSON")


def _utf16(item: tuple[str, Json]) -> bytes:
    if not isinstance(item[0], str):
        raise NotCanonical("a key is no text")
    return item[0].encode("utf-16-be", "surrogatepass")
