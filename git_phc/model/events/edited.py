"""Fields of a task were set: at its start, and by `edit`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Self

from git_phc.model.attempt import Attempt
from git_phc.model.autonomy import AUTONOMIES
from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import (
    Body,
    Fields,
    cells_say,
    is_object_id,
    live_writes,
    one_line,
)
from git_phc.model.ids import EventId
from git_phc.model.origin import Origin
from git_phc.model.state import Stamp, State
from git_phc.model.text import TITLE, clean, shorten

MODES = ("local", "worktree", "cloud")


def _text(longest: int) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _one_of(*words: str) -> Callable[[Json], bool]:
    return lambda value: value in words


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _command(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _title(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TITLE and clean(value) == value


def is_branch(value: Json) -> bool:
    """Whether git takes it for a branch's name, whoever wrote it."""
    return isinstance(value, str) and 0 < len(value) <= 1000 and not _NO_BRANCH.search(value)


def _attempt(value: Json) -> bool:
    try:
        return bool(Attempt.parse(value))
    except ValueError:
        return False


_NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(/|\Z)|(\A|/)\.|[./]\Z|\A[-/]|\A(@|HEAD)\Z"
)


def _sandbox(value: Json) -> bool:
    # What is kept in a sandbox stays so: no later word, whoever's, may say that there is none
    return isinstance(value, str) and 0 < len(value) <= 100 and value != "none"


def _forked(value: Json) -> bool:
    try:
        return bool(Origin.parse(value))
    except ValueError:
        return False


# Each field, and what may stand in it. None takes a value back, where there is one to take.
CHECKS: dict[str, Callable[[Json], bool]] = {
    "title": _title,
    "mode": _one_of(*MODES),
    "base": is_object_id,
    "branch": is_branch,
    "agent": _text(100),
    "command": _command,
    "model": _text(200),
    "autonomy": _one_of(*AUTONOMIES),
    "environment": _text(200),
    "sandbox": _sandbox,
    "assignee": _text(300),
    "pinned": _flag,
    "forked": _forked,
    "attempt": _attempt,
}
REQUIRED = frozenset({"title", "mode", "agent", "autonomy", "sandbox"})


class Edited(Body, frozen=True):
    """Some fields were given a value."""

    fields: Mapping[str, Json]

    TYPE: ClassVar[str] = "edited"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        fields = {n: v for n, v in data.object("fields").items() if n in CHECKS}
        for name, value in fields.items():
            allowed = value is None and name not in REQUIRED
            if not allowed and not CHECKS[name](value):
                raise NotCanonical(f"{name} cannot be {shorten(repr(value), 80)}")
        return cls(fields)

    def data(self) -> dict[str, Json]:
        return {"fields": self.fields}

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return State(last=stamp, cells=cells_say(self.fields, stamp, over))

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, list(self.fields))

    def subject(self) -> str:
        title = self.fields.get("title")
        if title and "mode" in self.fields:
            agent = one_line(str(self.fields.get("agent")))
            return f"start: {self.fields['mode']}, {agent}: {title}"
        return "edit: " + ", ".join(sorted(self.fields))


BODY = Edited
