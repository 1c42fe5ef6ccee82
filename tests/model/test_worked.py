from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.ids import EventId
from git_phc.model.runs import Run
from git_phc.model.state import State
from git_phc.model.worked import worked

RUN, OTHER = EventId("a" * 64), EventId("b" * 64)
CLAIM: dict[str, Any] = {"claim": {"n": 1}}


def at(second: float) -> str:
    return f"2026-01-02T03:04:{second:06.3f}Z"


def state(
    runs: dict[EventId, Run],
    turns: list[tuple[EventId, float]],
    asks: dict[str, float] | None = None,
    answers: dict[str, float] | None = None,
) -> State:
    """One with turns, by their run and second; questions and answers, by the question."""
    logs: dict[str, dict[EventId, Any]] = {
        "turns": {EventId(f"t{n}"): {"claim": c, "at": at(s)} for n, (c, s) in enumerate(turns)},
        "asks": {EventId(id): {"claim": RUN, "at": at(s)} for id, s in (asks or {}).items()},
        "answers": {
            EventId(f"to {id}"): {"ask": id, "at": at(s)} for id, s in (answers or {}).items()
        },
    }
    return State(logs=logs, runs=runs)


def ended(second: float) -> Run:
    return Run({**CLAIM, "ended": {"at": at(second)}})


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        (state({}, []), 0),
        (state({RUN: ended(9)}, []), 0),  # ended in the line, before its first turn
        (state({RUN: ended(9)}, [(RUN, 2), (RUN, 5)]), 7),
        (state({RUN: ended(9), OTHER: ended(30)}, [(RUN, 2), (OTHER, 20)]), 17),
        (state({RUN: Run(CLAIM)}, [(RUN, 2)]), 38),
        (state({RUN: Run({})}, [(RUN, 2)]), 0),
        (state({RUN: ended(1)}, [(RUN, 2)]), 0),  # a clock was set back
        (state({RUN: ended(9)}, [(RUN, 0)], {"a": 2}, {"a": 5}), 6),
        (state({RUN: ended(9)}, [(RUN, 0)], {"a": 2, "b": 3}, {"a": 5, "b": 7}), 4),
        (state({RUN: ended(9)}, [(RUN, 0)], {"a": 2, "b": 3}, {"a": 8, "b": 4}), 3),
        (state({RUN: ended(9)}, [(RUN, 0)], {"a": 2}, {"a": 50}), 2),  # answered after the run
        (state({RUN: ended(9)}, [(RUN, 0)], {"a": 2}), 2),
        (state({RUN: Run(CLAIM)}, [(RUN, 0)], {"a": 4}), 4),
    ],
)
def test_the_time_of_turns_without_that_of_questions(known: State, seconds: int) -> None:
    assert worked(known, at(40)) == seconds
