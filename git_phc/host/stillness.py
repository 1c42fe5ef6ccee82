"""Stops what runs in a sandbox for a moment, so that its folder can be read as it stands.

Who reads a folder looks at a name first, and opens it then. A program that goes on writing there
could put a link to a file of the host's in its place between the two.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError

WAIT = 10.0  # seconds for all of them to stand; one that writes to a slow disk takes its time
_STANDS = frozenset("TtZX")  # stopped, traced, dead


class _Process(Struct, frozen=True):
    """`depth`: how many pid namespaces know it; one that only ours knows is not in a sandbox."""

    pid: int
    parent: int
    depth: int
    state: str


@contextmanager
def stillness() -> Iterator[None]:
    """While it lasts nothing runs that was started from here and is in a pid namespace of its own.

    A sandbox that has none, or that another program keeps, is not stopped. Raises PhcError where
    they do not come to a stop.
    """
    stopped: set[int] = set()
    deadline = time.monotonic() + WAIT
    try:
        while moving := [one for one in _inside() if one.state not in _STANDS]:
            for one in moving:
                stopped.add(one.pid)
                with suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGSTOP)
            if time.monotonic() > deadline:
                raise PhcError(
                    "what runs in the sandbox cannot be stopped, so its folder cannot be read",
                    "Look what it does: git phc logs",
                )
            time.sleep(0.001)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _inside() -> list[_Process]:
    """Our descendants in other pid namespaces. Who loses their parent in there gets the first
    process of the namespace for one, which is ours: so nobody gets away.
    """
    known = {one.pid: one for one in _processes()}
    own = known.get(os.getpid())
    if own is None:
        return []  # a system without /proc has no such sandboxes
    children: dict[int, list[_Process]] = {}
    for one in known.values():
        children.setdefault(one.parent, []).append(one)
    waiting, found = list(children.get(own.pid, [])), []
    while waiting:
        one = waiting.pop()
        waiting += children.get(one.pid, [])
        if one.depth > own.depth:
            found.append(one)
    return found


def _processes() -> Iterator[_Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        if one := _process(int(folder.name)):
            yield one


def _process(pid: int) -> _Process | None:
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return None  # it has just ended
    facts = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    try:
        depth = len(facts["NSpid"].split())
        return _Process(pid, int(facts["PPid"]), depth, facts["State"][0])
    except (KeyError, ValueError, IndexError):
        return None
