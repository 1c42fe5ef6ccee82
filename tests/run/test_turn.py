"""A turn, followed: heard in one thread, looked at in another, and never both at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from git_phc.errors import ClaimLost
from git_phc.plugins.protocols import Run
from git_phc.plugins.records import Record, done
from git_phc.run.turn import LOOK, drive

PATIENCE = 20.0  # seconds after which a turn is taken to hang


class Said(Run):
    """A turn that says this, and, unless it ends by itself, nothing more until it is cancelled."""

    def __init__(self, said: Callable[[], Iterator[Record]], *, ends: bool = True) -> None:
        self._said, self._ends = said, ends
        self.cancelled = threading.Event()

    def records(self) -> Iterator[Record]:
        yield from self._said()
        if not self._ends:
            assert self.cancelled.wait(PATIENCE)
            yield done("cancelled", None)

    def cancel(self) -> None:
        self.cancelled.set()


def words(*kinds: str) -> Callable[[], Iterator[Record]]:
    return lambda: iter([{"kind": kind} for kind in kinds])


def never() -> bool:
    return False


def heard(run: Run, is_over: Callable[[], bool] = never) -> tuple[Record, Sequence[Record]]:
    found: list[Record] = []
    return drive(run, found.append, is_over), found


def test_all_is_heard_up_to_the_last_word() -> None:
    last, found = heard(Said(words("text", "tool", "done", "text")))
    assert [record["kind"] for record in found] == ["text", "tool", "done"]
    assert last == found[-1]


def test_who_does_not_say_how_it_ended_has_failed() -> None:
    last, found = heard(Said(words("text")))
    assert last["outcome"] == "failed"
    assert "without saying how" in last["reason"]
    assert found[-1] == last


def test_an_adapter_that_raises_has_failed() -> None:
    def said() -> Iterator[Record]:
        yield {"kind": "text"}
        raise KeyError("a stranger's")

    last, found = heard(Said(said))
    assert last["outcome"] == "failed"
    assert "stranger's" in last["reason"]
    assert len(found) == 2


def test_a_silent_one_is_cancelled() -> None:
    run = Said(words("text"), ends=False)
    last, _ = heard(run, lambda: True)
    assert last["outcome"] == "cancelled"


def test_one_that_pours_out_words_is_looked_at_and_cancelled() -> None:
    run: Said
    looks = 0

    def said() -> Iterator[Record]:
        until = time.monotonic() + PATIENCE
        while not run.cancelled.is_set() and time.monotonic() < until:
            yield {"kind": "text"}

    def is_over() -> bool:
        nonlocal looks
        looks += 1
        return looks == 3

    run = Said(said, ends=False)
    last, _ = heard(run, is_over)
    assert last["outcome"] == "cancelled"
    assert looks == 3  # a turn that is cancelled is not looked at again


def test_what_hearing_raises_is_raised_and_nothing_more_is_heard() -> None:
    found: list[Record] = []

    def hear(record: Record) -> None:
        found.append(record)
        if record["kind"] == "tool":
            raise ClaimLost("somebody else has it")

    with pytest.raises(ClaimLost):
        drive(Said(words("text", "tool", "text", "done")), hear, never)
    assert [record["kind"] for record in found] == ["text", "tool"]


def test_what_looking_raises_is_raised_and_nothing_more_is_heard() -> None:
    found: list[Record] = []
    goes_on = threading.Event()
    is_read = threading.Event()

    def said() -> Iterator[Record]:
        yield {"kind": "text"}
        assert goes_on.wait(PATIENCE)
        yield {"kind": "late"}
        is_read.set()

    def is_over() -> bool:
        if threading.current_thread() is threading.main_thread():
            raise ClaimLost("somebody else has it")
        return False

    with pytest.raises(ClaimLost):
        drive(Said(said), found.append, is_over)
    goes_on.set()  # the agent is still read, for a word
    assert not is_read.wait(2 * LOOK)
    assert [record["kind"] for record in found] == ["text"]


@pytest.mark.parametrize("seed", range(4))
def test_hearing_and_looking_are_never_under_way_at_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("git_phc.run.turn.LOOK", 0.001)
    chance = random.Random(seed)
    busy = threading.Lock()
    by: dict[str, set[str]] = {"hear": set(), "look": set()}

    def alone(what: str) -> None:
        assert busy.acquire(blocking=False), f"two at once, seed {seed}"
        by[what].add(threading.current_thread().name)
        time.sleep(chance.random() / 500)
        busy.release()

    def said() -> Iterator[Record]:
        for _ in range(200):
            time.sleep(chance.random() / 200)
            yield {"kind": "text"}
        yield done("ok", None)

    def is_over() -> bool:
        alone("look")
        return False

    last = drive(Said(said), lambda _: alone("hear"), is_over)
    assert last["outcome"] == "ok"
    assert len(by["hear"]) == 1
    assert by["look"] == {*by["hear"], threading.main_thread().name}
