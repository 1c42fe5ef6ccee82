"""Ports for tasks: a block of them each, which no two tasks of this user share.

Where the search begins is told by the task's name, so that a task finds its block again. A
block that somebody listens on is passed over. One is reserved by a file, made in one step, that
names its owner; the owner's own record names the block. A reservation without such a record is
nobody's, and is cleared away when there is no free one left.

The range lies below those from which systems take ports for outgoing connections (32768 on
Linux, 49152 on macOS), so that none is lost by chance.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.host.lock import try_lock
from git_phc.host.paths import create_file, read_text, replace_file

FIRST, END = 10_000, 32_760
SIZE = 20  # ports of a block, as many as PostHog Code gives a workspace
PATIENCE = 2000  # looks at whether another one still clears away: some ten seconds


class Owner(Struct, frozen=True):
    """Whose a block is.

    Attributes:
        name: the owner's, by which its block is looked for first.
        record: the file that names its block; its path is unique to the owner.
    """

    name: str
    record: Path


def reserve(folder: Path, owner: Owner) -> range:
    """The owner's ports: those that it has, else a free block of them, from now on its own.

    `folder` holds the reservations. Raises PhcError when all are taken.
    """
    known = _number(read_text(owner.record))
    if known and _owner(folder, known) == str(owner.record):
        return _block(known)
    for attempt in range(2):
        if attempt:
            _clear(folder)
        for start in _candidates(owner.name):
            if _take(folder, owner, start):
                return _block(start)
    raise PhcError(
        "all ports for tasks are reserved",
        "Finish some tasks: git phc done TASK; what is reserved stands in " + str(folder),
    )


def release(folder: Path, owner: Owner) -> None:
    """Gives the owner's ports back, if it has any."""
    known = _number(read_text(owner.record))
    if known and _owner(folder, known) == str(owner.record):
        _file(folder, known).unlink(missing_ok=True)
    owner.record.unlink(missing_ok=True)


def _take(folder: Path, owner: Owner, start: int) -> bool:
    """Reserves one block, if it is free."""
    file = _file(folder, start)
    if file.exists() or not all(map(is_free, _block(start))):
        return False
    # The record comes first: a reservation without one would be cleared away.
    replace_file(owner.record, str(start).encode())
    return create_file(file, json.dumps({"record": str(owner.record)}).encode())


def is_free(port: int) -> bool:
    """Whether nobody has the port on this machine, by either protocol of the internet."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
        except OSError:
            if family == socket.AF_INET or _has_ipv6():
                return False
    return True


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def _candidates(name: str) -> Iterator[int]:
    """Every block, beginning where the name says."""
    count = (END - FIRST) // SIZE
    begin = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % count
    for number in range(count):
        yield FIRST + (begin + number) % count * SIZE


def _clear(folder: Path) -> None:
    """Takes away the reservations whose owners have no record of them."""
    lock = try_lock(folder / "clearing", tries=PATIENCE)
    if lock is None:  # by now another one has done it
        return
    with lock:  # so that nobody takes away what was reserved since they looked
        for file in folder.glob("*.json"):
            start = _number(file.stem)
            owner = _owner(folder, start) if start else None
            if start and (owner is None or _number(read_text(Path(owner))) != start):
                file.unlink(missing_ok=True)


def _owner(folder: Path, start: int) -> str | None:
    """The record of the block's owner, as the reservation names it."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(read_text(_file(folder, start)) or "")["record"])
    return None


def _file(folder: Path, start: int) -> Path:
    return folder / f"{start}.json"


def _block(start: int) -> range:
    return range(start, start + SIZE)


def _number(text: str | None) -> int | None:
    """A block's number that a file holds, None for what is none."""
    if text is None or not text.isdecimal() or (int(text) - FIRST) % SIZE:
        return None
    return int(text) if FIRST <= int(text) <= END - SIZE else None
