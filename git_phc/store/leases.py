"""Leases as they were fetched from a remote, and since when each has stood unchanged.

The time is this computer's own since its start, so that neither a clock that is set nor another
computer's takes part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from git_phc.errors import DamagedTask
from git_phc.git.encoding import BLOB
from git_phc.git.objects import Object, Reader, Writer, read_many
from git_phc.git.refs import list_refs
from git_phc.git.repo import Repo
from git_phc.host.clock import boot
from git_phc.host.paths import read_text, replace_file
from git_phc.model.lease import Lease
from git_phc.store import layout

LONGEST = 4096  # bytes; a longer one is none


def put_lease(writer: Writer, lease: Lease) -> str:
    """Stores a lease; its object id."""
    return writer.put(BLOB, lease.encode())


def read_leases(repo: Repo, oids: Sequence[str]) -> list[Lease]:
    """The leases that these objects are; of what is none, one of nobody's."""
    return [_parse(blob) for blob in read_many(repo, oids, LONGEST)]


def read_lease(reader: Reader, oid: str) -> Lease:
    """The same of one, by a kept reader."""
    try:
        return _parse(reader.find(oid, LONGEST))
    except DamagedTask:
        return _parse(None)


def _parse(blob: Object | None) -> Lease:
    return Lease.parse(blob.data if blob and not blob.is_cut else b"")


def tracked(repo: Repo, remote: str) -> dict[str, str]:
    """What a remote's leases were when we looked last: object ids by the task's name."""
    home = layout.tracking(remote, "lease")
    return {ref.removeprefix(home): oid for ref, oid in list_refs(repo, home)}


class Watched(Struct):
    """Leases under watch, by one who asks a remote again and again.

    Attributes:
        monotonic: seconds that only grow.
    """

    monotonic: Callable[[], float]
    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)
    _read: dict[str, Lease] = field(default_factory=dict)

    def update(self, reader: Reader, now: Mapping[str, str]) -> None:
        """These leases, by the task's name, are there now."""
        at = self.monotonic()
        self._seen = {
            name: known if (known := self._seen.get(name)) and known[0] == oid else (oid, at)
            for name, oid in now.items()
        }
        read = self._read
        self._read = {oid: read.get(oid) or read_lease(reader, oid) for oid in now.values()}

    def lease(self, name: str) -> Lease:
        """The lease of a task that has one."""
        return self._read[self._seen[name][0]]

    def stale(self) -> list[str]:
        """The tasks whose lease has run out by our own watch."""
        at = self.monotonic()
        return [
            name for name, (oid, since) in self._seen.items()
            if self._read[oid].has_run_out(at - since)
        ]  # fmt: skip


def note_leases(repo: Repo, remote: str, monotonic: Callable[[], float]) -> None:
    """Remembers since when each lease of a remote, which was just fetched, has been the same.
    For those who ask now and then: commands, each a process of its own.
    """
    now, known = tracked(repo, remote), _noted(repo, remote)
    if not now and not known:
        return
    at = monotonic()
    kept = {name: one for name, one in known.items() if now.get(name) == one["oid"]}
    new = [name for name in now if name not in kept]
    for name, lease in zip(new, read_leases(repo, [now[name] for name in new]), strict=True):
        kept[name] = {"oid": now[name], "since": at, "seconds": lease.seconds}
    said = {"boot": boot(), "leases": {name: {**one, "seen": at} for name, one in kept.items()}}
    replace_file(layout.leases_seen(repo, remote), json.dumps(said).encode())


def is_silent(repo: Repo, remote: str, task: str) -> bool:
    """Whether a lease was seen to stand still for longer than its holder may be silent."""
    one = _noted(repo, remote).get(task)
    if one is None:
        return False
    return Lease("", "", one["seconds"], "").has_run_out(one["seen"] - one["since"])


def _noted(repo: Repo, remote: str) -> dict[str, Any]:
    """What was remembered since this computer has started: its clock began anew with that."""
    try:
        said = json.loads(read_text(layout.leases_seen(repo, remote)) or "")
        return dict(said["leases"]) if said["boot"] == boot() else {}
    except (ValueError, KeyError, TypeError):
        return {}
