"""Calls beside other work: their answers, their errors, and that none outlives its place."""

from __future__ import annotations

import threading

import pytest

from git_phc.host.beside import Beside


def test_calls_run_side_by_side_and_answer() -> None:
    met = threading.Barrier(3, timeout=10)  # nobody passes it alone

    def meet(number: int, *, by: int) -> int:
        met.wait()
        return number * by

    with Beside() as beside:
        answers = [beside.submit(meet, number, by=2) for number in (1, 2)]
        met.wait()
        assert [answer.result() for answer in answers] == [2, 4]


def test_an_error_is_for_who_asks_for_the_answer() -> None:
    with Beside() as beside:
        beside.submit(int, "nobody asks")
        wrong = beside.submit(int, "three")
        with pytest.raises(ValueError, match="three"):
            wrong.result()


def test_it_ends_when_all_have_ended_also_after_an_error() -> None:
    go, ended = threading.Event(), threading.Event()

    def late() -> None:
        go.wait(10)
        ended.set()

    def fail() -> None:
        with Beside() as beside:
            beside.submit(late)
            threading.Timer(0.1, go.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert ended.is_set()
