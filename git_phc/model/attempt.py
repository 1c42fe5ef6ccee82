"""Several attempts at one prompt: each a task of its own, and this tells which one it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct

from git_phc.model.ids import TaskId


class Attempt(Struct, frozen=True):
    """One of a group.

    Attributes:
        group: the id of its first attempt.
        number: from 1 on.
        of: how many were asked for.
    """

    group: TaskId
    number: int
    of: int

    @classmethod
    def parse(cls, data: object) -> Self:
        """Raises ValueError for what is no attempt."""
        if not isinstance(data, Mapping):
            raise ValueError("an attempt is an object")  # noqa: TRY004  (one error for callers)
        group, number, of = (data.get(name) for name in ("group", "number", "of"))
        if type(number) is not int or type(of) is not int or not 1 <= number <= of:
            raise ValueError(f"there is no attempt {number!r} of {of!r}")
        return cls(TaskId.parse(str(group)), number, of)

    def data(self) -> dict[str, Any]:
        return {"group": self.group, "number": self.number, "of": self.of}

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
