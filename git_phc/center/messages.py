"""What the threads tell the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from textual.message import Message

from git_phc.center.deeds import Deed
from git_phc.center.state import View
from git_phc.center.text import Line
from git_phc.errors import PhcError
from git_phc.services.overview import Row

Records = Sequence[Mapping[str, Any]]


class Said(Struct, frozen=True):
    """What a task's runs have said: more of it, or `afresh` what stands in its place."""

    records: Records
    afresh: bool


@dataclass
class News(Message):
    """What one look at the store has found.

    Attributes:
        rows: all tasks, None where nothing has changed.
        away: what is not among them, counted.
        said: by task, what is new in its conversation.
        asked: by task, what it asks, as lines; empty where it asks nothing any more.
        rings: what tells of it to a user who does not look: letters for the terminal.
    """

    rows: Sequence[Row] | None = None
    away: str = ""
    said: Mapping[str, Said] = field(default_factory=dict)
    asked: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    rings: str = ""


@dataclass
class Pane(Message):
    """A diff or a log, as it is now."""

    id: str
    view: View
    lines: Sequence[Line]


@dataclass
class Done(Message):
    """Something that was asked for has been done: in words, or why not."""

    name: str
    words: str = ""
    error: PhcError | None = None
    made: str = ""  # the id of a task that it has made or brought back
    again: Deed | None = None  # where it needs a consent: what to do once that is given


@dataclass
class Told(Message):
    """A word on the way, or that the store could not be read."""

    words: str
    bad: bool = False


@dataclass
class Chosen(Message):
    """What one can choose for a new task."""

    choices: Mapping[str, Sequence[str]]
