"""A checkpoint of the task's workspace was taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, is_object_id, log_says, one_line, present
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Checkpointed(Body, frozen=True):
    """One link of the chain of checkpoints.

    Attributes:
        number: 0 for the state before the first turn.
        link: the commit of the chain; `stash` the one that `git stash apply` takes.
        reason: what it was taken for: "start", "turn", "stop", "done", …
        changes: against the task's base: `files`, `added`, `removed` (lines),
            `ahead` and `behind` (commits).
        of: the number of the earlier checkpoint whose state this one has again; of the task
            that it was forked from, in the first one of a fork.
        commits: those that came onto the branch since the last checkpoint, oldest first.
    """

    number: int
    link: str
    stash: str | None
    head: str | None
    reason: str
    turn: int
    changes: Mapping[str, Json]
    commits: tuple[str, ...] = ()
    claim: EventId | None = None
    of: int | None = None

    TYPE: ClassVar[str] = "checkpointed"
    LOG: ClassVar[str] = "checkpoints"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        return cls(
            number=data.count("number"),
            link=data.object_id("link"),
            stash=data.object_id_or_none("stash"),
            head=data.object_id_or_none("head"),
            reason=data.text("reason", 100),
            turn=data.count("turn"),
            changes=_changes(data),
            commits=_commits(data),
            claim=data.event_or_none("claim"),
            of=None if data.number_or_none("of") is None else data.count("of"),
        )

    def data(self) -> dict[str, Json]:
        return {
            "number": self.number,
            "link": self.link,
            "stash": self.stash,
            "head": self.head,
            "reason": self.reason,
            "turn": self.turn,
            "changes": self.changes,
            "commits": self.commits or None,
            "claim": self.claim,
            "of": self.of,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return log_says(self.LOG, present(self.data()), stamp)

    def subject(self) -> str:
        return f"checkpoint {self.number}: {one_line(self.reason)}"


def _changes(data: Fields) -> Mapping[str, Json]:
    changes = data.object("changes")
    counts = Fields(changes)
    for name in ("files", "added", "removed", "ahead", "behind"):
        counts.number_or_none(name)
    return changes


def _commits(data: Fields) -> tuple[str, ...]:
    commits = data.texts("commits", 64)
    if not all(map(is_object_id, commits)):
        raise NotCanonical("commits holds something that is no object id")
    return commits


BODY = Checkpointed
