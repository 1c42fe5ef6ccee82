"""What a run has used up so far: tokens, and money where the agent tells it."""

from __future__ import annotations

from typing import ClassVar, Self

from git_phc.model.codec import Json
from git_phc.model.events.body import Body, Fields, present, run_says
from git_phc.model.ids import EventId
from git_phc.model.state import Stamp, State


class Used(Body, frozen=True):
    """The sums of a run; each `Used` of a run takes the place of the one before.

    Attributes:
        input: tokens that the model was given, those from a cache among them.
        output: tokens that it gave.
        cached: of the input, those that came from a cache.
        micros: millionths of a US dollar; None where the agent tells no price.
    """

    claim: EventId
    input: int
    output: int
    cached: int = 0
    micros: int | None = None

    TYPE: ClassVar[str] = "used"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        micros = None if data.number_or_none("micros") is None else data.count("micros")
        return cls(
            data.event("claim"),
            data.count("input"),
            data.count("output"),
            data.count("cached"),
            micros,
        )

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, **self._sums()}

    def _sums(self) -> dict[str, Json]:
        return {
            "input": self.input,
            "output": self.output,
            "cached": self.cached,
            "micros": self.micros,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        return run_says(self.claim, stamp, {"usage": present(self._sums())})

    def subject(self) -> str:
        money = "" if self.micros is None else f", {self.micros / 1_000_000:.2f} USD"
        return f"used: {self.input} tokens in, {self.output} out{money}"


BODY = Used
