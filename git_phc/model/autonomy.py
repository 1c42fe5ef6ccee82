"""What an agent may do unasked: five levels, with one meaning for every agent.

    level         without asking
    plan          read and search. Writing and running is refused until its plan is approved
    ask           read and search; everything else asks
    accept-edits  also edit files in the workspace
    auto          also what the agent's own classifier or sandbox lets through: what it still
                  asks about is asked here too
    bypass        everything

An agent is told its level in its own words; but whatever it asks is judged here, so that an
agent whose own mode is laxer than its name is held to ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

AUTONOMIES = ("plan", "ask", "accept-edits", "auto", "bypass")  # each allows what the former do
Verdict = Literal["allow", "reject", "ask"]

READING = frozenset({"read", "search", "think"})
EDITING = frozenset({"edit"})
PERMISSIVE = ("allow_once", "allow_always")
REFUSING = ("reject_once", "reject_always")


def verdict(level: str, record: Mapping[str, Any], *, inside: bool) -> Verdict:
    """What becomes of an `ask` record under this level.

    `inside`: all that it would touch is known, and is in the workspace. A question that is not
    about a permission is for people, at every level.
    """
    if record.get("question") != "permission":
        return "ask"
    if level == "bypass":
        return "allow"
    tool = record.get("tool", "other")
    if tool in READING:
        return "allow"
    if level == "plan":
        return "ask" if tool == "fetch" else "reject"
    if level in ("accept-edits", "auto") and tool in EDITING and inside:
        return "allow"
    return "ask"


def is_above(level: str, other: str) -> bool:
    """Whether a level allows more than another; one that is not known may allow anything."""
    order = {name: place for place, name in enumerate(AUTONOMIES)}
    return order.get(level, len(order)) > order.get(other, 0)


def after_plan(kind: str | None) -> str | None:
    """The level at which an agent goes on whose plan was answered with an option of this kind:
    what follows asks, or may edit. None where the plan was not approved.
    """
    return {"allow_always": "accept-edits", "allow_once": "ask"}.get(kind or "")


def option_for(record: Mapping[str, Any], kinds: tuple[str, ...]) -> str | None:
    """The id of the first option of these kinds, by the order of the kinds."""
    for kind in kinds:
        for one in record.get("options") or ():
            if one.get("kind") == kind:
                return str(one.get("id"))
    return None


def kind_of(record: Mapping[str, Any], option: str | None) -> str | None:
    """The kind of the option with that id."""
    return next(
        (str(one.get("kind")) for one in record.get("options") or () if one.get("id") == option),
        None,
    )
