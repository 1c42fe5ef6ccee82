"""What a run has used: a turn's last word counts, of each figure; turns add up."""

from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.events.used import Used
from git_phc.model.ids import EventId
from git_phc.plugins.records import Record
from git_phc.run.meter import Meter
from git_phc.services.budget import Budget

CLAIM = EventId("1" * 64)


def usage(**told: Any) -> dict[str, Any]:
    return {"kind": "usage", "input": None, "output": None, "cached": None, "usd": None, **told}


def test_what_is_not_told_again_was_told() -> None:
    meter = Meter(Budget(micros=1_000_000))
    meter.read(usage(input=5, output=1, cached=0, usd=0.75))
    meter.read(usage(input=9, output=2, cached=4))
    assert meter.used(CLAIM) == Used(CLAIM, 9, 2, 4, 750_000)
    meter.read(usage(usd=0.8))
    assert meter.used(CLAIM) == Used(CLAIM, 9, 2, 4, 800_000)
    meter.end_turn()
    meter.read(usage(input=1, usd=0.3))
    assert meter.used(CLAIM) == Used(CLAIM, 10, 2, 4, 1_100_000)
    assert meter.passed == "the budget of 1.00 USD a run is used up (1.10 USD)"


@pytest.mark.parametrize(
    ("budget", "told", "unpriced"),
    [
        (Budget(micros=1), usage(input=5, output=1), True),
        (Budget(micros=1), usage(usd=0), False),
        (Budget(tokens=1), usage(input=5), False),
        (Budget(), usage(input=5), False),
    ],
)
def test_dollars_are_no_bound_where_no_price_is_told(
    budget: Budget, told: Record, unpriced: bool
) -> None:
    meter = Meter(budget)
    meter.read(told)
    assert meter.is_unpriced is unpriced
