"""Runs: a claim, and what its holder said while it held it.

A run is one claim of a task, from `Claimed` to `RunEnded` (or `Released`); the id of its
`Claimed` event names it. Before the first claim, what is said about the status hangs on the
root event's id, in a run without a claim.

A run is a set of parts, each of which is a mark: a few values under a stamp. Of two marks
of one part the stronger stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from git_phc.model.codec import Json
from git_phc.model.ids import EventId

Status = Literal[
    "queued", "preparing", "running", "waiting", "ready", "done", "failed", "cancelled"
]
STATUSES: tuple[Status, ...] = (
    "queued", "preparing", "running", "waiting", "ready", "done", "failed", "cancelled",
)  # fmt: skip
TERMINAL: frozenset[str] = frozenset({"done", "failed", "cancelled"})

Mark = Mapping[str, Json]  # always with "clock", "id", "at"
PARTS = ("claim", "status", "ended", "stop", "session", "usage", "denied")


class Run(Struct, frozen=True):
    """One run of a task.

    Attributes:
        parts: by name (see PARTS), the strongest mark of each.
        delivered: the messages that the agent was given.
    """

    parts: Mapping[str, Mark] = field(default_factory=dict)
    delivered: frozenset[EventId] = frozenset()

    def join(self, other: Run) -> Run:
        parts = dict(self.parts)
        for name, mark in other.parts.items():
            known = parts.get(name)
            parts[name] = max(known, mark, key=_strength) if known else mark
        return Run(parts, self.delivered | other.delivered)

    @property
    def is_open(self) -> bool:
        """Whether somebody holds this claim."""
        return "claim" in self.parts and "ended" not in self.parts

    @property
    def n(self) -> int:
        """The number of this claim; 0 where there is none."""
        number = self.parts.get("claim", {}).get("n", 0)
        return number if isinstance(number, int) else 0


def _strength(mark: Mark) -> tuple[bool, int, str]:
    """Terminal over not, then by clock, then by event id.

    A handoff ("to") is said of a run that has ended, so it is as strong as its end.
    """
    clock, event = mark.get("clock"), mark.get("id")
    return mark.get("status") in TERMINAL or "to" in mark, int(str(clock or 0)), str(event)


def winner(runs: Mapping[EventId, Run]) -> EventId | None:
    """The claim that counts: the highest number.

    The event id breaks a tie, which only damage can make, since the arbiter's
    compare-and-swap gives each number once.
    """
    claims = [(run.n, claim) for claim, run in runs.items() if "claim" in run.parts]
    return max(claims)[1] if claims else None


def run_to_json(claim: EventId, run: Run) -> dict[str, Json]:
    """The run as it stands in a snapshot."""
    body: dict[str, Json] = {"id": claim, **dict(run.parts)}
    if run.delivered:
        body["delivered"] = sorted(run.delivered)
    return body


def run_from_json(body: Mapping[str, Json]) -> tuple[EventId, Run]:
    """What `run_to_json` wrote."""
    parts = {name: mark for name in PARTS if isinstance(mark := body.get(name), Mapping)}
    delivered = body.get("delivered")
    ids = delivered if isinstance(delivered, list | tuple) else ()
    return EventId(str(body.get("id"))), Run(parts, frozenset(EventId(str(id)) for id in ids))
