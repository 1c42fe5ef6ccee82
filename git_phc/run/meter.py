"""What a run uses up, and what ends it for that: a budget, and what its sandbox lets it have."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from git_phc.model.events.used import Used
from git_phc.model.ids import EventId
from git_phc.plugins.records import Record
from git_phc.services.budget import MICROS, Budget


class Meter(Struct):
    """The sums of one run. Of a turn each figure that was told last counts; turns add up.

    `spent` says why the run must end for what it has used up of the machine.
    """

    budget: Budget
    spent: Callable[[], str | None] = lambda: None
    _before: Record = field(default_factory=dict)
    _turn: Record = field(default_factory=dict)

    def read(self, record: Record) -> None:
        """Takes in a `usage` record."""
        told = {name: record.get(name) for name in ("input", "output", "cached", "usd")}
        now = {name: value for name, value in told.items() if _is_amount(value)}
        self._turn = {**self._turn, **now}  # many tell money at the end of a turn only

    def end_turn(self) -> None:
        self._before, self._turn = self._sums(), {}

    def _sums(self) -> dict[str, float]:
        names = {*self._before, *self._turn}
        return {name: self._before.get(name, 0) + self._turn.get(name, 0) for name in names}

    def used(self, claim: EventId) -> Used | None:
        """The sums as an event; None where nothing was told."""
        sums = self._sums()
        if not sums:
            return None
        micros = round(sums["usd"] * MICROS) if "usd" in sums else None
        given, made, cached = (int(sums.get(name, 0)) for name in ("input", "output", "cached"))
        return Used(claim, given, made, cached, micros)

    @property
    def is_unpriced(self) -> bool:
        """Whether its budget is in dollars, and no price was told by which it could be held."""
        return self.budget.micros is not None and "usd" not in self._sums()

    @property
    def passed(self) -> str | None:
        """Why the run must end; None while it may go on."""
        sums, budget = self._sums(), self.budget
        micros = round(sums.get("usd", 0) * MICROS)
        tokens = int(sums.get("input", 0) + sums.get("output", 0))
        if budget.micros is not None and micros > budget.micros:
            spent, most = micros / MICROS, budget.micros / MICROS
            return f"the budget of {most:.2f} USD a run is used up ({spent:.2f} USD)"
        if budget.tokens is not None and tokens > budget.tokens:
            return f"the budget of {budget.tokens} tokens a run is used up ({tokens})"
        return self.spent()


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
