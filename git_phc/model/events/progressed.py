"""The holder of a claim says how far the run has come."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, one_line, present, run_says
from git_phc.model.ids import EventId
from git_phc.model.runs import STATUSES
from git_phc.model.state import Stamp, State


class Progressed(Body, frozen=True):
    """The run has another status.

    Attributes:
        claim: the claim that it is said under; the root's id before the first claim.
        reason: one sentence for people, or None.
        session: the agent's own name of the conversation, where it is known.
        agent: whose name that is.
    """

    claim: EventId
    status: str
    reason: str | None = None
    session: str | None = None
    agent: str | None = None

    TYPE: ClassVar[str] = "progressed"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        status = data.text("status", 20)
        if status not in STATUSES:
            raise NotCanonical(f"there is no status {status!r}")
        return cls(
            data.event("claim"),
            status,
            data.text_or_none("reason", 4000),
            data.text_or_none("session"),
            data.text_or_none("agent", 100),
        )

    def data(self) -> dict[str, Json]:
        return {
            "claim": self.claim,
            "status": self.status,
            "reason": self.reason,
            "session": self.session,
            "agent": self.agent,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        parts = {"status": present({"status": self.status, "reason": self.reason})}
        if self.session is not None:
            parts["session"] = present({"session": self.session, "agent": self.agent})
        return run_says(self.claim, stamp, parts)

    def subject(self) -> str:
        what = self.reason or (f"session {self.session}" if self.session else None)
        return one_line(f"{self.status}: {what}" if what else self.status)


BODY = Progressed
