"""Drawings of any size are of exactly that size, whatever stands in them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from git_phc.center.bar import draw_bar
from git_phc.center.drawing import Card, draw_cell, shows_question
from git_phc.center.keys import KEYS, hints
from git_phc.center.pieces import Pen
from git_phc.center.side import draw_side, side_width
from git_phc.center.state import State, View, with_rows
from git_phc.center.text import Spans
from git_phc.cli.safe import width
from git_phc.model.task import Task
from git_phc.services.overview import Row

NOW = "2026-01-02T03:04:05.000Z"
TITLES = ("Fix it", "日本語のとても長いタイトルです" * 3, "e\u0301" * 50, "[bold]x[/]", "")
STATUSES = ("waiting", "ready", "running", "done", "of a newer version")


def row(number: int, title: str, status: str) -> Row:
    body = {"id": str(number) * 8, "last": {"clock": 1}, "root": {"at": NOW, "who": "", "id": ""}}
    task = Task(body).changed(title=title, mode="worktree", agent="claude", branch="phc/日本")
    return Row(task, status, str(number))


ROWS = [
    row(number, *each)
    for number, each in enumerate(zip(TITLES, STATUSES, strict=True), 1)
]  # fmt: skip


def sizes(lines: list[Spans]) -> set[int]:
    return {sum(width(text) for text, _ in spans) for spans in lines}


@pytest.mark.parametrize("shown", ROWS, ids=STATUSES)
def test_a_cell(shown: Row) -> None:
    said = [("日本語" * 40, ""), ("word " * 30, "red")] * 20
    card = Card(1, shown, View.CONVERSATION, said, asked=5, answers="a allow", focused=True)
    for each in (
        card,
        replace(card, back=3),
        replace(card, row=None),
        replace(card, view=View.LOG),
    ):
        for columns in (*range(1, 40), 120):
            for lines in (0, 1, 3, 4, 9, 30):
                drawn = draw_cell(each, columns, lines, Pen(NOW))
                assert len(drawn) == lines
                assert sizes(drawn) <= {columns}, (columns, lines)


def test_a_question_is_seen_or_not() -> None:
    card = Card(1, ROWS[0], View.CONVERSATION, [("? May I", ""), ("    $ ls", "")], asked=0)
    for columns, lines in ((40, 5), (8, 30)):
        assert shows_question(card, columns, lines)
        assert not shows_question(replace(card, back=1), columns, lines)
        assert not shows_question(replace(card, asked=None), columns, lines)
    assert not shows_question(card, 40, 4)  # its first line would be all
    assert not shows_question(card, 7, 30)


def test_the_list() -> None:
    state = with_rows(State(), ROWS, "12 done")
    for columns in range(14, 45):
        for lines in (1, 2, 5, 40):
            drawn = [spans for spans, _ in draw_side(state, columns, lines, NOW)]
            assert (len(drawn), sizes(drawn)) == (lines, {columns})
    ids = [id for _, id in draw_side(state, 30, 12, NOW) if id]
    assert ids == [row.task.id for row in ROWS]


def test_the_selected_task_is_always_seen() -> None:
    rows = [row(number, f"Task {number}", "ready") for number in range(100, 200)]
    state = with_rows(State(), rows)
    for at in (0, 3, 50, 99):
        there = replace(state, cells=(rows[at].task.id, "", "", ""), focus=0)
        assert rows[at].task.id in [id for _, id in draw_side(there, 30, 10, NOW)]


def test_the_list_leaves_room_for_the_grid() -> None:
    assert [side_width(columns) for columns in (20, 59, 60, 80, 120, 300)] == [0, 0, 24, 24, 30, 44]


def test_the_lowest_line() -> None:
    for columns in range(1, 200):
        assert sizes(draw_bar(None, hints(), columns)) == {columns}
        assert sizes(draw_bar(("日本語 told", "red"), hints(), columns)) == {columns}


def test_no_key_means_two_things() -> None:
    keys = [one for key in KEYS for one in key.keys.split(",")]
    assert len(keys) == len(set(keys))
