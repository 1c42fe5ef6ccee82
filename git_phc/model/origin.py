"""Where a forked task comes from, and what its conversation begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from msgspec import Struct

from git_phc.model.ids import EventId, TaskId


class Place(NamedTuple):
    """A turn: the claim of the run that it belongs to, and its number."""

    run: EventId
    turn: int


class Origin(Struct, frozen=True):
    """The task that was forked, and where.

    Attributes:
        turns: those that its conversation consisted of, and the ones before it.
        session: the name that the agent had for the conversation in the last of them, where
            it has told one; `agent` is that agent.
    """

    task: TaskId
    checkpoint: int
    turns: tuple[Place, ...]
    agent: str
    session: str | None = None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Raises ValueError for what is none: names of runs become names of folders."""
        if not isinstance(data, Mapping):
            raise ValueError("an origin is an object")  # noqa: TRY004  (one error for callers)
        number, agent, session = (data.get(name) for name in ("checkpoint", "agent", "session"))
        turns = data.get("turns")
        if type(number) is not int or not isinstance(turns, list | tuple):
            raise ValueError("an origin has a checkpoint and turns")
        if not isinstance(agent, str) or not isinstance(session, str | None):
            raise ValueError("an agent and its session have names")  # noqa: TRY004
        task = TaskId.parse(str(data.get("task")))
        return cls(task, number, tuple(map(_place, turns)), agent, session)

    def data(self) -> dict[str, Any]:
        named = {} if self.session is None else {"session": self.session}
        turns = [{"run": run, "turn": turn} for run, turn in self.turns]
        known = {"task": self.task, "checkpoint": self.checkpoint, "agent": self.agent}
        return {**known, "turns": turns, **named}


def _place(data: object) -> Place:
    if not isinstance(data, Mapping) or type(data.get("turn")) is not int:
        raise ValueError("a turn has a run and a number")
    return Place(EventId.parse(str(data.get("run"))), data["turn"])
