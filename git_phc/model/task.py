"""A task as a list shows it, and as decisions need it: a typed look at its task.json.

It reads nothing but that one file, and works its properties out when they are asked for, so
that ten thousand of them are quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from git_phc.model.attempt import Attempt
from git_phc.model.ids import TaskId
from git_phc.model.origin import Origin

# What is seen but not stored: says running here, but its supervisor is gone; runs elsewhere,
# and its lease has not moved.
Seen = Literal["interrupted", "stale"]
# Of the fields, those that say how an agent works.
TERMS = ("agent", "command", "model", "autonomy", "sandbox")
CLOUD = "cloud"  # the mode, and what a task is handed to that waits for any worker
OPEN = frozenset({"queued", "preparing", "running", "waiting"})
BUSY = frozenset({"queued", "preparing", "running"})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


class RunView(Struct, frozen=True):
    """The run that counts: the highest claim, or what was said before the first one."""

    body: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id of the `Claimed` event."""
        return str(self.body["id"])

    @property
    def claim(self) -> Mapping[str, Any]:
        part: Mapping[str, Any] = self.body.get("claim", {})
        return part

    @property
    def n(self) -> int:
        return int(self.claim.get("n", 0))

    @property
    def ended(self) -> Mapping[str, Any] | None:
        return self.body.get("ended")

    @property
    def is_open(self) -> bool:
        """Whether somebody holds the claim."""
        return bool(self.claim) and self.ended is None

    @property
    def stop_requested(self) -> bool:
        return "stop" in self.body

    @property
    def status(self) -> Mapping[str, Any]:
        part: Mapping[str, Any] = self.body.get("status", {})
        return part

    @property
    def session(self) -> str | None:
        return _text(self.body.get("session", {}).get("session"))


class Task(Struct, frozen=True):
    """One task, as of one commit of its ref (`tip`)."""

    body: Mapping[str, Any]
    tip: str = ""

    @property
    def id(self) -> TaskId:
        return TaskId(self.body["id"])

    @property
    def is_newer(self) -> bool:
        """Whether a later version wrote it: it can be read, not changed."""
        from git_phc.model.snapshot import VERSION

        return int(self.body.get("v", 0)) > VERSION

    def cell(self, name: str) -> Any:
        """The value of a field, None where it has none."""
        live = self._live(name)
        return live[max(live, key=self._order)] if live else None

    def written(self, name: str) -> Mapping[str, Any] | None:
        """The stamp of a field's value: `clock`, `id`, `at`, `clone`, `who`."""
        live = self._live(name)
        return self.body["stamps"][max(live, key=self._order)] if live else None

    def has_terms_of_others(self, clone: str) -> bool:
        """Whether a clone other than this one has set one of `TERMS` last."""
        written = map(self.written, TERMS)
        return any(stamp is not None and stamp.get("clone") != clone for stamp in written)

    def contested(self, name: str) -> list[Any]:
        """The other values of a field, that were written without sight of the one that counts."""
        live = self._live(name)
        return [live[id] for id in sorted(live, key=self._order, reverse=True)[1:]]

    def _live(self, name: str) -> Mapping[str, Any]:
        live: Mapping[str, Any] = self.body.get("cells", {}).get(name, {}).get("live", {})
        return live

    def _order(self, id: str) -> tuple[int, str]:
        return self.body["stamps"][id]["clock"], id

    def changed(self, **cells: Any) -> Task:
        """The task as it would be with these values: for asking, never for writing."""
        own = {name: {"live": {"": value}} for name, value in cells.items()}
        stamps = {**self.body.get("stamps", {}), "": {"clock": self.clock}}
        body = {**self.body, "cells": {**self.body.get("cells", {}), **own}, "stamps": stamps}
        return replace(self, body=body)

    @property
    def title(self) -> str:
        return str(self.cell("title") or "Untitled")

    @property
    def mode(self) -> str:
        return (
            str(self.run.claim["mode"]) if self.run and self.run.is_open else str(self.cell("mode"))
        )

    @property
    def agent(self) -> str:
        return str(self.cell("agent"))

    @property
    def sandbox(self) -> str | None:
        """The sandbox that all of its runs are kept in; None where it asks for none."""
        return _text(self.cell("sandbox"))

    @property
    def branch(self) -> str | None:
        return _text(self.cell("branch"))

    @property
    def base(self) -> str | None:
        return _text(self.cell("base"))

    @property
    def attempt(self) -> Attempt | None:
        """Which of several attempts at one prompt it is; None where it stands alone."""
        value = self.cell("attempt")
        return Attempt.parse(value) if value else None

    @property
    def origin(self) -> Origin | None:
        """Where it was forked from; None where it was not."""
        value = self.cell("forked")
        return Origin.parse(value) if value else None

    @property
    def labels(self) -> list[str]:
        cells = self.body.get("labels", {})
        return sorted(name for name, cell in cells.items() if cell["live"])

    @property
    def pinned(self) -> bool:
        return bool(self.cell("pinned"))

    @property
    def archived(self) -> bool:
        return bool(self.cell("archived"))

    @property
    def deleted(self) -> bool:
        return bool(self.cell("deleted"))

    @property
    def run(self) -> RunView | None:
        body = self.body.get("run")
        return RunView(body) if body else None

    @property
    def is_done(self) -> bool:
        """Whether it is marked done, and no later claim has reopened it."""
        after = self.cell("done")
        return after is not None and (self.run.n if self.run else 0) <= after

    @property
    def merged(self) -> Mapping[str, Any] | None:
        """The merge that made it done (see `events.merged`), where it still is."""
        return self.cell("merged") if self.is_done else None

    @property
    def status(self) -> str:
        """The stored status; whether a run here is alive is not the model's to know."""
        if self.is_done:
            return "done"
        return str(self.run.status.get("status", "queued")) if self.run else "queued"

    @property
    def is_busy(self) -> bool:
        """Whether its run goes on by itself: it is under way, or what it asked was answered."""
        under_way = self.status in BUSY and not self.is_nobodys
        return under_way or (self.is_open and self.is_answered)

    @property
    def is_nobodys(self) -> bool:
        """Whether it is queued, and stays so until a person takes it: no worker will."""
        return self.status == "queued" and not self.is_open and not self.awaits_worker

    @property
    def is_answered(self) -> bool:
        """Whether it waits, and all that it asked was answered."""
        return self.status == "waiting" and not self.waiting and self.count("asks") > 0

    @property
    def since(self) -> str:
        """When it came to this status, RFC 3339."""
        if self.is_done:
            return str((self.written("done") or {})["at"])
        return str(self.run.status.get("at", self.created)) if self.run else self.created

    @property
    def reason(self) -> str | None:
        """Why it has this status, where somebody said so."""
        return None if self.is_done or not self.run else self.run.status.get("reason")

    @property
    def is_open(self) -> bool:
        """Whether somebody holds its claim."""
        return bool(self.run and self.run.is_open)

    @property
    def handoff(self) -> str | None:
        """To whom it was handed, and nobody has taken it yet: a mode, or a person's address."""
        return _text(self.run.status.get("to")) if self.run else None

    @property
    def awaits_worker(self) -> bool:
        """Whether it waits in the queue of its remote, or should, for any worker to take it."""
        if self.is_open or self.status != "queued" or self.deleted or self.archived:
            return False
        return self.handoff == CLOUD or (self.handoff is None and self.mode == CLOUD)

    @property
    def goes_by_queue(self) -> bool:
        """Whether its next run is a worker's, wherever that is: then it is spoken to at its
        remote.
        """
        return self.mode == CLOUD or self.awaits_worker

    @property
    def author(self) -> str:
        return str(self.body["root"]["who"])

    @property
    def root(self) -> str:
        """The id of the root event, on which hangs what is said before the first claim."""
        return str(self.body["root"]["id"])

    @property
    def created(self) -> str:
        return str(self.body["root"]["at"])

    @property
    def updated(self) -> str:
        return str(self.body["last"]["at"])

    @property
    def clock(self) -> int:
        return int(self.body["last"]["clock"])

    @property
    def prompt(self) -> str:
        """The prompt's first 4 KiB; `prompt_bytes` says how long all of it is."""
        return str(self.body.get("prompt", {}).get("head", ""))

    @property
    def prompt_bytes(self) -> int:
        return int(self.body.get("prompt", {}).get("bytes", 0))

    @property
    def pending(self) -> list[str]:
        """The ids of the messages that the agent was not given yet, in order."""
        return list(self.body.get("pending", ()))

    @property
    def waiting(self) -> list[Mapping[str, Any]]:
        """What its agent asks, and nobody has answered yet; oldest first."""
        return list(self.body.get("waiting", ()))

    @property
    def usage(self) -> Mapping[str, int]:
        """What all runs have used: `input`, `output`, `cached` tokens, `micros` of a dollar."""
        usage: Mapping[str, int] = self.body.get("usage", {})
        return usage

    @property
    def denied(self) -> Mapping[str, Any] | None:
        """The latest of what was denied to the run that counts: `what`, `why`; and how many `times`
        anything was.
        """
        mark = self.run.body.get("denied") if self.run else None
        if mark is None:
            return None
        return {"what": str(mark["what"]), "why": str(mark["why"]), "times": int(mark["times"])}

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        """The latest checkpoint."""
        return self.body.get("checkpoint")

    @property
    def turn(self) -> int:
        """The number of the latest turn; 0 before the first."""
        return int(self.body.get("turn", {}).get("turn", 0))

    def count(self, log: str) -> int:
        """How many items a log has (`messages`, `turns`, `checkpoints`, `runs`)."""
        return int(self.body.get("counts", {}).get(log, 0))
