"""What git says of a checkout: HEAD against index against files, in one sweep of its own."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct, field

from git_phc.errors import PhcError
from git_phc.git.desk import Desk
from git_phc.git.run import Result

NOTHING = "000000"


class Change(Struct, frozen=True):
    """A tracked path that differs somewhere. Modes are octal words; 000000 means absent."""

    staged: str
    unstaged: str
    submodule: str
    index_mode: str
    index_oid: str
    work_mode: str
    path: str

    @property
    def intended(self) -> bool:
        """Whether it was only announced, by `git add --intent-to-add`."""
        return self.unstaged == "A"


class Status(Struct):
    """Everything that git finds worth telling.

    Attributes:
        branch: its whole name; None where HEAD stands on none, or git does not say which for sure.
    """

    head: str | None = None
    branch: str | None = None
    changes: list[Change] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)
    untracked: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)


def read_status(desk: Desk, index: Path) -> Status:
    """The state of the checkout, seen through a copied index."""
    # git would run in a repository inside, by settings that somebody else has made
    modules = "all" if desk.repo.foreign else "none"
    found = desk.lenient(*_WORDS, f"--ignore-submodules={modules}", index=index)
    _must_have_seen_all(found)
    status = Status()
    for line in os.fsdecode(found.out).split("\0"):
        _READERS.get(line[:2], _skip)(status, line)
    return status


_WORDS = (
    "status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z",
    "--untracked-files=all", "--no-renames",
)  # fmt: skip


def _must_have_seen_all(found: Result) -> None:
    # git warns of a folder that it may not read, leaves it out, and calls that success
    if b"could not open directory" in found.err:
        raise PhcError(
            f"a folder cannot be read, so its files cannot be kept: {found.said}",
            "Grant yourself access to it, then try again",
        )


def _skip(status: Status, line: str) -> None:
    """Further headers, such as the number of stashes."""


_NO_BRANCH = ("(detached)", "(null)", "")  # a branch may be called the first, too


def _header(status: Status, line: str) -> None:
    if line.startswith("# branch.oid ") and not line.endswith("(initial)"):
        status.head = line[13:]
    elif line.startswith("# branch.head ") and line[14:] not in _NO_BRANCH:
        status.branch = f"refs/heads/{line[14:]}"


def _change(status: Status, line: str) -> None:
    _, xy, sub, _, index_mode, work_mode, _, index_oid, path = line.split(" ", 8)
    change = Change(xy[0], xy[1], sub, index_mode, index_oid, work_mode, path)
    status.changes.append(change)


def _conflict(status: Status, line: str) -> None:
    words = line.split(" ", 10)
    status.conflicts[words[10]] = words[6]


def _untracked(status: Status, line: str) -> None:
    # A name with a slash at its end is a repository inside this one: git looks no further
    if line.endswith("/"):
        status.nested.append(line[2:-1])
    else:
        status.untracked.append(line[2:])


_READERS = {"# ": _header, "1 ": _change, "u ": _conflict, "? ": _untracked}
