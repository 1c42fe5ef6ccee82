"""A task's work was merged into a branch of the user's, or that was taken back."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, cells_say, live_writes, one_line
from git_phc.model.events.edited import is_branch
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State

HOWS = ("ff", "merge", "squash", "rebase")


class Merged(Body, frozen=True):
    """The branch went from commit `before` to `after`. Without a branch: it was taken back.

    Attributes:
        how: "ff", "merge", "squash" or "rebase".
        tip: where the task's own branch was put for it, its uncommitted work included.
    """

    branch: str | None = None
    before: str | None = None
    after: str | None = None
    how: str | None = None
    tip: str | None = None

    TYPE: ClassVar[str] = "merged"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        branch = data.text_or_none("branch")
        if branch is None:
            return cls()
        if not is_branch(branch):
            raise NotCanonical("branch is no name of a branch")
        how = data.text("how")
        if how not in HOWS:
            raise NotCanonical(f"there is no way {one_line(how)} to merge")
        commits = (data.object_id(name) for name in ("before", "after", "tip"))
        before, after, tip = commits
        return cls(branch, before, after, how, tip)

    def data(self) -> dict[str, Json]:
        return {
            "branch": self.branch,
            "before": self.before,
            "after": self.after,
            "how": self.how,
            "tip": self.tip,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        value: Json = self.data() if self.branch else None
        return State(last=stamp, cells=cells_say({"merged": value}, stamp, over))

    def replaces(self, state: State) -> frozenset[EventId]:
        return live_writes(state, ["merged"])

    def subject(self) -> str:
        if self.branch is None:
            return "undo: merge"
        return f"merge into {one_line(self.branch)} ({self.how})"


BODY = Merged
