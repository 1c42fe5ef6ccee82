"""The names of tasks and events: parsed once, at the boundary.

A task is named by the first 128 bits of the SHA-256 of its root event, written with the
letters k to z in place of hex digits (k is 0, z is f), so that a task is never taken for a
commit. An event is named by the whole SHA-256 of its canonical bytes, in hex.
"""

from __future__ import annotations

import re

HEX, LETTERS = "0123456789abcdef", "klmnopqrstuvwxyz"
_TO_LETTERS = str.maketrans(HEX, LETTERS)
_TASK = re.compile(r"[k-z]{32}")
_EVENT = re.compile(r"[0-9a-f]{64}")

SHORT = 8  # letters of an id that stand in a branch and a path
SHORTEST = 4  # letters at least on a screen


class TaskId(str):
    """A whole task id: 32 letters from k to z."""

    __slots__ = ()

    @classmethod
    def parse(cls, word: str) -> TaskId:
        """Raises ValueError when `word` is no whole task id."""
        if not _TASK.fullmatch(word):
            raise ValueError(f"{word!r} is no task id")
        return cls(word)

    @property
    def short(self) -> str:
        return self[:SHORT]


class EventId(str):
    """A whole event id: 64 hex digits."""

    __slots__ = ()

    @classmethod
    def parse(cls, word: str) -> EventId:
        """Raises ValueError when `word` is no whole event id."""
        if not _EVENT.fullmatch(word):
            raise ValueError(f"{word!r} is no event id")
        return cls(word)


def event_id_from_bytes(data: bytes) -> EventId:
    """The id of the event whose canonical bytes are `data`."""
    import hashlib  # which costs a command that only reads more than all else of this module

    return EventId(hashlib.sha256(data).hexdigest())


def task_id_from_root(root: EventId) -> TaskId:
    """The id of the task that begins with the event `root`."""
    return TaskId(root[:32].translate(_TO_LETTERS))


def looks_like_id(word: str) -> bool:
    """Whether `word` may be a task's id, or the beginning of one."""
    return 0 < len(word) <= 32 and all(letter in LETTERS for letter in word)
