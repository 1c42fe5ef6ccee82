"""From events to a state: the join of what each of them says."""

from __future__ import annotations

from collections.abc import Iterable

from git_phc.model.event import Event
from git_phc.model.state import State


def fold(events: Iterable[Event], onto: State | None = None) -> State:
    """The state after `events`, in whatever order they come; `onto` is left as it is."""
    state = onto.copy() if onto else State()
    for event in events:
        state.absorb(event.says())
    return state
