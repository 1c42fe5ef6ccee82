"""The center's state: which task is in which cell, and where the focus goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.center.grids import GRIDS, Grid, beside, known_grid, remember_grid
from git_phc.center.state import (
    State,
    View,
    jump,
    move,
    select,
    step,
    turn,
    with_filter,
    with_grid,
    with_rows,
)
from git_phc.model.task import Task
from git_phc.services.overview import Row


def row(id: str, title: str = "", status: str = "ready") -> Row:
    """A task of which only what is looked at here is known."""
    task = Task({"id": id, "last": {"clock": 1}}).changed(
        title=title or f"Task {id}", mode="worktree", agent="claude", branch=f"phc/{id}"
    )
    return Row(task, status, id)


def some(*ids: str) -> list[Row]:
    return [row(id) for id in ids]


def of(*ids: str) -> State:
    return with_rows(State(), some(*ids))


def test_cells_get_what_waits_most() -> None:
    assert of("k", "l", "m", "n", "o").cells == ("k", "l", "m", "n")
    assert of("k").cells == ("k", "", "", "")
    assert [each.task.id for each in of("k", "l").in_view] == ["k", "l"]


def test_a_cell_keeps_its_task_whatever_its_place_in_the_list() -> None:
    state = with_rows(of("k", "l", "m"), some("o", "m", "l", "k"))
    assert state.cells == ("k", "l", "m", "o")


def test_a_task_that_goes_makes_room_for_the_next() -> None:
    state = with_rows(of("k", "l", "m", "n", "o"), some("k", "m", "n", "o"))
    assert state.cells == ("k", "o", "m", "n")
    assert with_rows(state, ()).cells == ("", "", "", "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["k", "l"]),
        ("PARSER", ["k"]),
        ("parser lexer", []),
        ("ready", ["l"]),
        ("claude phc/l", ["l"]),
        ("  ", ["k", "l"]),
    ],
)
def test_the_filter_looks_at_all_that_a_list_shows(words: str, found: list[str]) -> None:
    rows = [row("k", "Fix the parser", "waiting"), row("l", "Fix the lexer")]
    state = with_filter(with_rows(State(), rows), words)
    assert [each.task.id for each in state.shown] == found
    assert [id for id in state.cells if id] == found


def test_the_focus_goes_down_the_list_and_brings_tasks_into_view() -> None:
    state = replace(of("k", "l", "m", "n", "o", "p"), focus=3)
    assert step(state, 1).cells == ("k", "l", "m", "o")
    assert step(step(state, 1), 1).cells == ("k", "l", "m", "p")
    assert step(state, 99).selected == row("p")
    assert step(state, -1).focus == 2
    assert step(state, -99).focus == 0
    assert step(State(), 1) == State()


def test_a_focus_on_an_empty_cell_goes_to_the_top_of_the_list() -> None:
    assert step(jump(of("k", "l"), 3), 1).focus == 0


def test_a_task_that_is_in_view_is_gone_to() -> None:
    state = select(of("k", "l", "m"), "m")
    assert (state.focus, state.cells[:3]) == (2, ("k", "l", "m"))


def test_jumps_and_moves_stay_within_the_grid() -> None:
    state = of("k", "l", "m", "n")
    assert jump(state, 3).focus == 3
    assert jump(state, 4).focus == 0
    assert move(state, 1, 0).focus == 1
    assert move(state, 0, 1).focus == 2
    assert move(move(state, 1, 1), 1, 1).focus == 3
    assert move(state, -1, -1).focus == 0


def test_the_task_that_has_the_focus_keeps_it_in_another_grid() -> None:
    state = jump(of("k", "l", "m", "n", "o", "p", "q"), 3)
    single = with_grid(state, Grid(1, 1))
    assert (single.cells, single.focus) == (("n",), 0)
    large = with_grid(state, Grid(3, 2))
    assert (large.cells, large.focus) == (("k", "l", "m", "n", "o", "p"), 3)
    assert with_grid(single, Grid(2, 1)).cells == ("n", "k")


def test_each_task_shows_the_side_that_was_chosen_for_it() -> None:
    state = turn(of("k", "l"))
    assert (state.view("k"), state.view("l")) == (View.DIFF, View.CONVERSATION)
    assert turn(turn(state)).view("k") is View.CONVERSATION
    assert turn(of("k"), -1).view("k") is View.LOG
    assert turn(State()) == State()


def test_the_grids_follow_each_other_round() -> None:
    assert [grid.name for grid in GRIDS] == ["1x1", "2x1", "1x2", "2x2", "3x2", "3x3"]
    assert State().grid.name == "2x2"
    assert beside(GRIDS[-1], 1) == GRIDS[0]
    assert beside(GRIDS[0], -1) == GRIDS[-1]


def test_the_grid_is_remembered(tmp_path: Path) -> None:
    assert known_grid(tmp_path).name == "2x2"
    remember_grid(tmp_path, Grid(3, 2))
    assert known_grid(tmp_path) == Grid(3, 2)
    (tmp_path / "center-grid").write_text("9x9")
    assert known_grid(tmp_path).name == "2x2"
