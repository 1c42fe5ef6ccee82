"""What a turn's questions are told: answers on the ref, and those that were given before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from git_phc.errors import PhcError
from git_phc.git.repo import open_repo
from git_phc.host.clock import Clock
from git_phc.model import decide
from git_phc.model.ids import EventId, TaskId
from git_phc.plugins.protocols import Answer, Run, Turn
from git_phc.plugins.records import Record, option
from git_phc.run.desk import Desk, Given
from git_phc.run.meter import Meter
from git_phc.run.watch import Watch
from git_phc.services.budget import Budget
from git_phc.services.context import Context
from tests.e2e.stage import Stage, until
from tests.kit import MakeRepo, Phc, Processes, RunGit

FRUITS = (option("1", "Apple", "other"), option("2", "Banana", "other"))
GO, HALT = option("1", "Go", "allow_once"), option("2", "Halt", "reject_once")
YES, NO = option("y", "Yes", "allow_once"), option("n", "No", "reject_once")


class Heard(Run):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, Answer]] = []

    def records(self) -> Iterator[Record]:
        yield from ()

    def cancel(self) -> None:
        pass

    def answer(self, ask: str, answer: Answer) -> None:
        self.answers.append((ask, answer))


class Late(Heard):
    """Waits for no answer any more when one comes."""

    def answer(self, ask: str, answer: Answer) -> None:
        raise PhcError(f"nobody waits for {ask}")


class Place:
    """A task whose supervisor was killed, and a desk in its place."""

    def __init__(self, stage: Stage) -> None:
        task = stage.fake("[[sleep 600]]", "-d")
        until(lambda: stage.status(task) == "running")
        stage.supervisor(task).kill()
        self.ctx, self.id = Context(open_repo(stage.repo), stage.repo), TaskId.parse(task)
        run = self.ctx.tasks.load(self.id).task.run
        assert run
        self.claim, self.cwd = EventId(run.id), stage.tree(task)
        self.run, self.written = Heard(), list[Record]()
        self.monotonic = 0.0

    def desk(self, *carried: Given) -> Desk:
        return Desk(
            self.run, self.cwd, append=partial(self.ctx.tasks.append, self.id),
            write=self.written.append, redact=self.ctx.redact, carried=carried,
        )  # fmt: skip

    def watch(self) -> Watch:
        prompt = self.cwd / "prompt"
        return Watch(
            replace(self.ctx, clock=Clock(monotonic=lambda: self.monotonic)), self.claim,
            self.run, Turn("x", prompt, self.cwd, {}, self.cwd), meter=Meter(Budget()),
            append=partial(self.ctx.tasks.append, self.id), write=self.written.append,
            look=lambda: (False, self.ctx.tasks.load(self.id).task), carried=(),
        )  # fmt: skip

    def answer(self, option: str) -> None:
        task = self.ctx.tasks.load(self.id).task
        self.ctx.tasks.append(
            self.id, lambda now: decide.answer(now, task.waiting[0]["id"], option, None, None)
        )

    def status(self) -> str:
        return self.ctx.tasks.load(self.id).task.status

    def waiting(self) -> list[str]:
        return [str(one["title"]) for one in self.ctx.tasks.load(self.id).task.waiting]


@pytest.fixture
def place(make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes) -> Place:
    return Place(Stage(make_repo(), phc, git, processes))


def asks(title: str, *options: Mapping[str, str], **more: Any) -> Record:
    return {
        "kind": "ask",
        "ask": "7",
        "question": "choice",
        "title": title,
        **more,
        "options": options,
    }


def given(asked: Record, option: str | None, text: str | None = None) -> Given:
    """An answer that was given to the same question of the run before."""
    return Given({"id": "0" * 64, "tool": None, **asked}, option, text, "Ada <a@x>")


PERMISSION = {"question": "permission", "tool": "execute", "command": "make"}
AGAIN: dict[str, tuple[Record, Sequence[str | None], Record, Answer | None]] = {
    "the same": (asks("?", *FRUITS), ["2"], asks("?", *FRUITS), Answer("2")),
    "in another order": (
        asks("?", *FRUITS), ["2"],
        asks("?", option("1", "Banana", "other"), option("2", "Apple", "other")), Answer("1"),
    ),
    "one of two names alike": (
        asks("?", option("a", "Pear", "other"), option("b", "Pear", "other")), ["b"],
        asks("?", option("a", "Pear", "other"), option("b", "Pear", "other")), Answer("b"),
    ),
    "it is gone": (asks("?", *FRUITS), ["2"], asks("?", FRUITS[0]), None),
    "in words": (asks("?", *FRUITS), [None, "a plum"], asks("?"), Answer(None, "a plum")),
    "a permission, by its kind": (
        asks("?", YES, NO, **PERMISSION), ["n"],
        asks("?", GO, HALT, **PERMISSION),
        Answer("2"),
    ),
    "a permission of no kind": (
        asks("?", option("1", "Go", "other"), **PERMISSION), ["1"],
        asks("?", option("2", "Halt", "other"), **PERMISSION), None,
    ),
    "a permission that cannot last any more": (
        asks("?", option("a", "Always", "allow_always"), **PERMISSION), ["a"],
        asks("?", YES, NO, **PERMISSION), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", AGAIN)
def test_what_was_answered_before_is_the_answer_or_it_is_asked_again(
    place: Place, kind: str
) -> None:
    before, answer, now, told = AGAIN[kind]
    desk = place.desk(given(before, *answer))
    desk.ask(now, place.claim, "ask")
    assert place.run.answers == ([("7", told)] if told else [])
    assert place.waiting() == ([] if told else ["?"])


def test_a_question_is_waited_for_in_its_own_time(place: Place) -> None:
    watch = place.watch()  # phc.waitLimit is fifteen minutes
    watch.hear({**asks("first", YES, NO), "ask": "1"})
    assert not watch.is_over()
    place.monotonic = 600
    watch.hear({**asks("second", YES, NO), "ask": "2"})
    place.answer("y")
    assert not watch.is_over()
    place.monotonic = 1200
    assert not watch.is_over()
    place.monotonic = 1501
    assert watch.is_over()
    assert watch.outcome({"kind": "done"})["reason"] == "second"


def test_of_two_questions_one_is_withdrawn(place: Place) -> None:
    watch = place.watch()
    for number, title in enumerate(("first", "second")):
        watch.hear({**asks(title, YES, NO), "ask": str(number)})
    watch.hear({"kind": "withdrawn", "ask": "0"})
    assert (place.status(), place.waiting()) == ("waiting", ["second"])
    watch.hear({"kind": "withdrawn", "ask": "0"})
    watch.hear({"kind": "withdrawn", "ask": "1"})
    assert (place.status(), place.waiting()) == ("running", [])


def test_an_answer_that_comes_too_late_is_noted(place: Place) -> None:
    place.run = Late()
    watch = place.watch()
    watch.hear({**asks("May I?", YES, NO), "question": "plan"})
    place.answer("y")
    assert not watch.is_over()
    assert place.written[-1] == {
        "kind": "note", "text": "an answer came too late: nobody waits for 7"
    }  # fmt: skip
    assert place.status() == "running"


def test_what_a_turn_leaves_open_is_nothing_that_the_next_one_asks(place: Place) -> None:
    watch = place.watch()
    watch.hear(asks("first", YES, NO))
    watch.outcome({"kind": "done", "outcome": "ok"})
    assert (place.status(), place.waiting()) == ("running", [])
    place.watch().hear(asks("second", YES, NO))
    assert place.waiting() == ["second"]


def test_half_a_character_is_no_reason_to_fail(place: Place) -> None:
    half, watch = "\ud800", place.watch()
    choice = option(half, half, "allow_once")
    more = {"ask": half, "command": f"echo {half}", "paths": [half], "text": half}
    watch.hear({**asks(half, choice, **PERMISSION), **more})
    task = place.ctx.tasks.load(place.id).task
    assert (task.waiting[0]["command"], task.waiting[0]["text"]) == ("echo ?", "?")
    place.answer("?")
    assert not watch.is_over()
    assert place.run.answers == [(half, Answer(half))]
    watch.hear({"kind": "session", "session": half})
