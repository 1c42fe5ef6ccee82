"""A figure: something of ours and its yardstick, timed in turns, and compared by their medians."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], float]  # does the thing once; milliseconds, or megabytes


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        ours, yard: each does its thing once and answers with what it took; what is made ready
            before, or cleared away after, is not counted.
        factor, extra: the bound, `factor` × the yardstick + `extra`.
        most: how many runs are enough, for what takes long.
    """

    name: str
    ours: Measure
    yard: Measure | None
    factor: float
    extra: float = 0
    unit: str = "ms"
    most: int = 1000


@dataclass(frozen=True)
class Result:
    """A figure's medians, and of how many runs."""

    figure: Figure
    ours: float
    yard: float | None
    runs: int

    @property
    def limit(self) -> float:
        return self.figure.factor * (self.yard or 0) + self.figure.extra

    @property
    def holds(self) -> bool:
        return self.ours <= self.limit

    def row(self) -> list[str]:
        """The cells of the table, in the order of HEAD."""
        yard = "" if self.yard is None else f"{self.yard:.1f}"
        ratio = "" if self.yard is None else f"{self.ours / self.yard:.2f}"
        word = "yes" if self.holds else "NO"
        name, unit = self.figure.name, self.figure.unit
        return [name, f"{self.ours:.1f} {unit}", yard, ratio, self._bound(), word, str(self.runs)]

    def _bound(self) -> str:
        figure = self.figure
        extra = f"{figure.extra:g} {figure.unit}" if figure.extra else ""
        factor = f"{figure.factor:g} ×" if figure.factor else ""
        return " + ".join(filter(None, (factor, extra)))


HEAD = ["figure", "ours", "yardstick", "ratio", "bound", "ok?", "runs"]


def measure(figure: Figure, runs: int) -> Result:
    """Does both in turns. The first round warms what can be warmed, and is not counted."""
    count = min(runs, figure.most)
    rounds = [_round(figure, swap=number % 2 == 1) for number in range(count + 1)][1:]
    ours, yards = [one for one, _ in rounds], [two for _, two in rounds if two is not None]
    return Result(figure, median(ours), median(yards) if yards else None, count)


def _round(figure: Figure, *, swap: bool) -> tuple[float, float | None]:
    """One of each; who comes first changes, so that neither always finds the other's warmth."""
    if figure.yard is None:
        return figure.ours(), None
    if swap:
        yard = figure.yard()
        return figure.ours(), yard
    return figure.ours(), figure.yard()


def timed(act: Callable[[], object]) -> float:
    """How long `act` takes, in milliseconds."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000
