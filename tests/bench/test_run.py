from __future__ import annotations

import sys

from bench.measure import Figure, measure
from tests.kit import ROOT, run_program


def test_a_figure_is_the_median_of_both_taken_in_turns() -> None:
    order: list[str] = []
    ours, yards = iter([99.0, 3.0, 1.0, 2.0]), iter([99.0, 1.0, 1.0, 1.0])

    def our() -> float:
        order.append("o")
        return next(ours)

    def yard() -> float:
        order.append("y")
        return next(yards)

    result = measure(Figure("a thing", our, yard, factor=1.5, extra=0.5), 3)
    assert "".join(order) == "oyyooyyo"
    assert result.row() == ["a thing", "2.0 ms", "1.0", "2.00", "1.5 × + 0.5 ms", "yes", "3"]
    assert result.holds


def test_a_bound_without_a_yardstick_can_be_missed() -> None:
    result = measure(Figure("memory", lambda: 81.0, None, factor=0, extra=80, unit="MB"), 1)
    assert result.row() == ["memory", "81.0 MB", "", "", "80 MB", "NO", "1"]


def test_the_program_prints_a_table_and_says_what_was_missed() -> None:
    done = run_program([sys.executable, ROOT / "bench/run.py", "--runs", "1", "append"])
    head, row, words = done.out.splitlines()
    assert head.split() == ["figure", "ours", "yardstick", "ratio", "bound", "ok?", "runs"]
    assert row.startswith("append an event ")
    assert (done.code, words) in ((0, "every bound holds"), (1, "missed: append an event"))


def test_nothing_measured_is_no_success() -> None:
    done = run_program([sys.executable, ROOT / "bench/run.py", "nothing like this"])
    assert (done.code, done.out) == (2, "")
    assert "there is no figure" in done.err
