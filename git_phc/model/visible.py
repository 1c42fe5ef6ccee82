"""Which turns a conversation consists of: a rewind takes some away, and may be taken back."""

from __future__ import annotations

from collections.abc import Mapping

from git_phc.model.codec import Json
from git_phc.model.ids import EventId
from git_phc.model.origin import Origin, Place
from git_phc.model.state import State


def visible_turns(state: State, until: int | None = None) -> list[Place]:
    """The turns that count, in order; as of checkpoint `until`, or as of now.

    A checkpoint that has the state of an earlier one again brings back the conversation of
    that one, too.
    """
    visible: list[Place] = []
    at: dict[int, list[Place]] = {}
    for kind, item in _in_order(state):
        if kind == "turns":
            visible = [*visible, Place(EventId(str(item["claim"])), _number(item, "turn"))]
            continue
        if "of" in item:
            visible = at.get(_number(item, "of"), visible)
        at[_number(item, "number")] = visible
        if _number(item, "number") == until:
            return visible
    return visible


def conversation(origin: Origin | None, state: State, until: int | None = None) -> list[Place]:
    """The turns that count and in which an agent worked, those before a fork first."""
    own = [turn for turn in visible_turns(state, until) if "claim" in state.runs[turn.run].parts]
    return [*(origin.turns if origin else ()), *own]


def session_of(origin: Origin | None, state: State, agent: str, turn: Place) -> str | None:
    """The name that `agent` had for the conversation in a turn, where it has told one."""
    if origin and turn in origin.turns:
        return origin.session if origin.agent == agent else None
    mark = state.runs[turn.run].parts.get("session", {})
    name = mark.get("session") if mark.get("agent") in (agent, None) else None
    return None if name is None else str(name)


def last_rewind(state: State) -> int:
    """The clock of the latest checkpoint that has an earlier state again; 0 for none."""
    items = state.logs.get("checkpoints", {}).values()
    return max((_number(item, "clock") for item in items if "of" in item), default=0)


def _in_order(state: State) -> list[tuple[str, Mapping[str, Json]]]:
    """What matters here, in the order in which it was said."""
    said = [
        (_number(item, "clock"), str(item["id"]), kind, item)
        for kind in ("turns", "checkpoints")
        for item in state.logs.get(kind, {}).values()
    ]
    return [(kind, item) for _, _, kind, item in sorted(said, key=lambda one: one[:2])]


def _number(item: Mapping[str, Json], name: str) -> int:
    value = item.get(name)
    return value if isinstance(value, int) else 0
