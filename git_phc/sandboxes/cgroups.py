"""Limits that the kernel holds for a group of processes: a cgroup, where we may make one.

Version 2 is one tree, of which a system gives users a branch (systemd does for those who are
logged in); version 1 a tree for each kind, in which root may write. Where neither is given there
is None, and whoever asked has to find another way, or to refuse.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from git_phc.plugins.sandboxes import Limits

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
PERIOD = 100_000  # microseconds in which a share of the processors is measured
SETTLE = 5.0  # seconds in which what was killed must be gone

# Moves itself into each group, then becomes the command: nothing of it runs outside.
ENTER = (
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"'
)

# A limit's words: the kind of group, and by version the file and what is written there.
Words = tuple[str, str, str, str]


class Group(Struct, frozen=True):
    """One group of processes: a folder of version 2, or one for each kind of version 1."""

    folders: Sequence[Path]

    @property
    def enter(self) -> Sequence[str]:
        """The words before a command that has to run in the group."""
        return ["/bin/sh", "-c", ENTER, "sh", *map(str, self.folders), "--"]

    def stopped(self) -> Mapping[str, int]:
        """How often a limit was met, by its kind: pids, memory."""
        pids = sum(_numbers(folder / "pids.events").get("max", 0) for folder in self.folders)
        files = ("memory.events", "memory.oom_control")
        kills = (_numbers(folder / file) for folder in self.folders for file in files)
        return {"pids": pids, "memory": sum(found.get("oom_kill", 0) for found in kills)}

    def close(self) -> None:
        """Ends what is in it, and takes it away."""
        until = time.monotonic() + SETTLE
        while any(list(map(_end_all, self.folders))) and time.monotonic() < until:
            time.sleep(0.01)
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()


def make_group(name: str, limits: Limits) -> Group | None:
    """A group of that name with these limits, empty; None where none can be made here."""
    words = list(_words(limits))
    one_tree = (ROOT / "cgroup.controllers").exists()
    made = _in_one_tree(name, words) if one_tree else _in_many(name, words)
    return Group(made) if made else None


def _words(limits: Limits) -> Iterator[Words]:
    yield "pids", "pids.max", "pids.max", str(limits.processes)
    if limits.memory is not None:
        yield "memory", "memory.limit_in_bytes", "memory.max", str(limits.memory)
    if limits.cpus is not None:
        share = str(int(limits.cpus * PERIOD))
        yield "cpu", "cpu.cfs_quota_us", "cpu.max", share


def _in_one_tree(name: str, words: Sequence[Words]) -> list[Path]:
    """Below the nearest group around us in which we may make one that has all kinds."""
    own = next((line[3:] for line in _lines(OWN) if line.startswith("0::")), "/")
    start = ROOT / own.strip("/")
    for parent in (start, *start.parents):
        if not parent.is_relative_to(ROOT):
            return []
        folder = parent / name
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            for _, _, file, value in words:
                (folder / file).write_text(value)
            with suppress(OSError):  # there is none where there is no swap
                (folder / "memory.swap.max").write_text("0")
            return [folder]
        with suppress(OSError):
            folder.rmdir()
    return []


def _in_many(name: str, words: Sequence[Words]) -> list[Path]:
    """In the tree of each kind, below our own group there."""
    own = {
        kind: line.split(":", 2)[2]
        for line in _lines(OWN)
        for kind in line.split(":")[1].split(",")
    }
    made: list[Path] = []
    try:
        for kind, file, _, value in words:
            folder = ROOT / kind / own[kind].strip("/") / name
            folder.mkdir(exist_ok=True)
            made.append(folder)
            (folder / file).write_text(value)
    except (OSError, KeyError):
        Group(made).close()
        return []
    return made


def _end_all(folder: Path) -> bool:
    """Kills what is in the group; whether there was anything."""
    pids = list(_lines(folder / "cgroup.procs"))
    for pid in pids:
        with suppress(OSError):
            os.kill(int(pid), signal.SIGKILL)
    return bool(pids)


def _numbers(file: Path) -> dict[str, int]:
    """Lines such as `oom_kill 3`."""
    pairs = (line.split() for line in _lines(file))
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
