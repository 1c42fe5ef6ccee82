"""What the Command Center knows and shows, as a value; each change of it is a function.

A cell keeps its task for as long as that is there and not filtered out, so that nothing
jumps about while one reads. A cell that has none gets what waits most for you and is not in
view. The task that keys act on is the one in the cell that has the focus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from git_phc.center.grids import USUAL, Grid
from git_phc.services.overview import Row


class View(StrEnum):
    """What a cell shows of its task."""

    CONVERSATION = "conversation"
    DIFF = "diff"
    LOG = "log"


VIEWS = tuple(View)


class State(Struct, frozen=True):
    """All that is chosen, and the tasks as they were read last.

    Attributes:
        rows: the tasks, what waits for you first.
        away: what is not among them, counted: "12 done".
        cells: the ids of the tasks in the grid's cells, "" for an empty one.
        focus: the cell that keys act on.
        views: what is looked at of a task, where it is not the conversation.
        known: whether the tasks have been read at all.
    """

    rows: Sequence[Row] = ()
    away: str = ""
    filter: str = ""
    grid: Grid = USUAL
    cells: tuple[str, ...] = ("",) * USUAL.size
    focus: int = 0
    views: Mapping[str, View] = field(default_factory=dict)
    known: bool = False

    @property
    def shown(self) -> list[Row]:
        """The tasks that pass the filter."""
        words = self.filter.casefold().split()
        return [row for row in self.rows if matches(row, words)]

    @property
    def selected(self) -> Row | None:
        """The task that keys act on."""
        return self.row(self.cells[self.focus])

    @property
    def in_view(self) -> list[Row]:
        """The tasks in the cells, in their order."""
        return [row for id in self.cells if (row := self.row(id))]

    def row(self, id: str) -> Row | None:
        return next((row for row in self.rows if row.task.id == id), None)

    def view(self, id: str) -> View:
        return self.views.get(id, View.CONVERSATION)


def matches(row: Row, words: Sequence[str]) -> bool:
    """Whether all of these words stand somewhere in what a list shows of the task."""
    if not words:
        return True
    task = row.task
    parts = (
        task.id, task.title, row.status, task.mode, task.agent, task.branch or "", *task.labels,
    )  # fmt: skip
    text = "\n".join(parts).casefold()
    return all(word in text for word in words)


def with_rows(state: State, rows: Sequence[Row], away: str = "") -> State:
    """The tasks were read."""
    return _filled(replace(state, rows=rows, away=away, known=True))


def with_filter(state: State, words: str) -> State:
    """Something was typed into the search: what has it moves together, and gets company."""
    state = replace(state, filter=words)
    shown = {row.task.id for row in state.shown}
    cells = [id for id in state.cells if id in shown]
    own = state.cells[state.focus]
    focus = cells.index(own) if own in cells else 0
    cells += [""] * (state.grid.size - len(cells))
    return _filled(replace(state, cells=tuple(cells), focus=focus))


def with_grid(state: State, grid: Grid) -> State:
    """Another grid was chosen; the task that had the focus keeps it."""
    own = state.cells[state.focus]
    cells = [id for id in state.cells if id][: grid.size]
    if own and own not in cells:
        cells[-1] = own
    cells += [""] * (grid.size - len(cells))
    focus = cells.index(own) if own else 0
    return _filled(replace(state, grid=grid, cells=tuple(cells), focus=focus))


def jump(state: State, cell: int) -> State:
    """The focus goes to a cell, where the grid has so many."""
    return replace(state, focus=cell) if cell < state.grid.size else state


def move(state: State, across: int, down: int) -> State:
    """The focus goes to the cell beside; at the edge it stays."""
    grid = state.grid
    row, column = divmod(state.focus, grid.columns)
    row = min(max(row + down, 0), grid.rows - 1)
    column = min(max(column + across, 0), grid.columns - 1)
    return replace(state, focus=row * grid.columns + column)


def select(state: State, id: str) -> State:
    """The focus goes to a task; one that is not in view comes into the cell that had it."""
    if id in state.cells:
        return replace(state, focus=state.cells.index(id))
    cells = list(state.cells)
    cells[state.focus] = id
    return replace(state, cells=tuple(cells))


def step(state: State, by: int) -> State:
    """The focus goes so many tasks down the list; it stays within it."""
    shown = [str(row.task.id) for row in state.shown]
    if not shown:
        return state
    own = state.cells[state.focus]
    at = shown.index(own) + by if own in shown else 0
    return select(state, shown[min(max(at, 0), len(shown) - 1)])


def turn(state: State, by: int = 1) -> State:
    """The task that has the focus shows its next side: conversation, diff, log."""
    view = state.view(state.cells[state.focus])
    return turned_to(state, VIEWS[(VIEWS.index(view) + by) % len(VIEWS)])


def turned_to(state: State, view: View) -> State:
    """The task that has the focus shows this side."""
    own = state.cells[state.focus]
    return replace(state, views={**state.views, own: view}) if own else state


def _filled(state: State) -> State:
    """Cells let go of what is not shown any more, and empty ones get what is not in view."""
    shown = [str(row.task.id) for row in state.shown]
    kept = [id if id in shown else "" for id in state.cells]
    rest = iter([id for id in shown if id not in kept])
    return replace(state, cells=tuple(id or next(rest, "") for id in kept))
