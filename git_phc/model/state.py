"""What is known of a task: a value that grows by joining.

Every event says a small `State`; a task's state is the join of what its events say. Since
the join commutes, associates and is idempotent, the order in which clones hear of the
events does not matter, and folding events and joining snapshots cannot disagree: they are
one operation.

Three shapes carry everything:

    Cell  the writes of one field that nobody has replaced. The highest (clock, event id) is
          its value; any others were written without seeing it: contested. A label is a cell
          whose presence is what counts.
    log   items that are only ever added, by the id of the event that brought them
    Run   a claim and all that its holder said about it; see `runs.py`
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from git_phc.model.codec import Json
from git_phc.model.ids import EventId
from git_phc.model.runs import Run

Item = Mapping[str, Json]
NEVER = ""  # the `at` of what has not happened


class Stamp(Struct, frozen=True, order=True):
    """When and by whom something was said. `clock` and `id` order; `at` is for display."""

    clock: int
    id: EventId
    at: str
    clone: str
    who: str


class Write(Struct, frozen=True):
    """One value of a field, and its stamp."""

    stamp: Stamp
    value: Json


class Cell(Struct, frozen=True):
    """One field: its writes that nobody replaced, and the ids of those that somebody did."""

    live: Mapping[EventId, Write] = field(default_factory=dict)
    gone: frozenset[EventId] = frozenset()

    @property
    def newest(self) -> Write | None:
        """The write that counts."""
        return max(self.live.values(), key=lambda write: write.stamp, default=None)

    @property
    def contested(self) -> list[Write]:
        """The other writes, made without knowledge of the one that counts; newest first."""
        ordered = sorted(self.live.values(), key=lambda write: write.stamp, reverse=True)
        return ordered[1:]

    def join(self, other: Cell) -> Cell:
        gone = self.gone | other.gone
        both = {**self.live, **other.live}
        return Cell({id: write for id, write in both.items() if id not in gone}, gone)


class State(Struct):
    """All that is known of a task. Treat it as a value; only `absorb` changes one in place."""

    last: Stamp | None = None
    root: Item = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    labels: dict[str, Cell] = field(default_factory=dict)
    logs: dict[str, dict[EventId, Item]] = field(default_factory=dict)
    runs: dict[EventId, Run] = field(default_factory=dict)

    @property
    def clock(self) -> int:
        return self.last.clock if self.last else 0

    def ordered(self, log: str) -> list[Item]:
        """The items of a log, in the order in which they were said."""
        return sorted(self.logs.get(log, {}).values(), key=place_of)

    def absorb(self, other: State) -> None:
        """Joins `other` into this one."""
        self.last = max(filter(None, (self.last, other.last)), default=None)
        self.root = self.root or other.root
        _join_cells(self.cells, other.cells)
        _join_cells(self.labels, other.labels)
        for name, items in other.logs.items():
            self.logs[name] = {**self.logs.get(name, {}), **items}
        for claim, run in other.runs.items():
            known = self.runs.get(claim)
            self.runs[claim] = known.join(run) if known else run

    def copy(self) -> State:
        """Another state of the same content, which `absorb` may change."""
        logs = {name: dict(items) for name, items in self.logs.items()}
        return State(
            self.last, self.root, dict(self.cells), dict(self.labels), logs, dict(self.runs)
        )


def place_of(item: Item) -> tuple[int, str]:
    """Where an item of a log, or a mark, stands in the order: by clock, then by event id."""
    clock = item.get("clock")
    return (clock if isinstance(clock, int) else 0), str(item.get("id"))


def _join_cells(into: dict[str, Cell], other: Mapping[str, Cell]) -> None:
    for name, cell in other.items():
        known = into.get(name)
        into[name] = known.join(cell) if known else cell


def join(one: State, two: State) -> State:
    """All that either of the two states knows."""
    joined = one.copy()
    joined.absorb(two)
    return joined
