"""How long the agent has worked on a task: from a run's first turn to its end, without the time
in which it waited for an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from git_phc.model.ids import EventId
from git_phc.model.runs import Run
from git_phc.model.state import State

Span = tuple[float, float]


def worked(state: State, now: str) -> int:
    """Whole seconds, by the clocks of those who said the events; an open run lasts until `now`."""
    return round(sum(_worked(state, claim, run, now) for claim, run in state.runs.items()))


def _worked(state: State, claim: EventId, run: Run, now: str) -> float:
    turns = (turn for turn in state.logs.get("turns", {}).values() if turn.get("claim") == claim)
    begun = min((_seconds(turn["at"]) for turn in turns), default=None)
    if begun is None or "claim" not in run.parts:  # said of another task's run, before a fork
        return 0
    ended = max(begun, _seconds(run.parts.get("ended", {}).get("at") or now))
    return ended - begun - _covered(_waits(state, claim, ended), begun, ended)


def _waits(state: State, claim: EventId, ended: float) -> Iterator[Span]:
    """For each question of the run when it was asked, and when answered."""
    answered = {
        str(answer.get("ask")): _seconds(answer["at"])
        for answer in state.logs.get("answers", {}).values()
    }
    for id, ask in state.logs.get("asks", {}).items():
        if ask.get("claim") == claim:
            yield _seconds(ask["at"]), answered.get(id, ended)


def _covered(spans: Iterator[Span], begin: float, end: float) -> float:
    """How much of the time from `begin` to `end` the spans cover together."""
    covered = 0.0
    for asked, answered in sorted(spans):
        start, stop = max(asked, begin), min(answered, end)
        if stop > start:
            covered, begin = covered + stop - start, stop
    return covered


def _seconds(at: object) -> float:
    return datetime.fromisoformat(str(at)).replace(tzinfo=UTC).timestamp()
