from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.labelled import Labelled
from git_phc.model.state import Cell, State, Write
from tests.model.making import ONE, STAMP, TWO, parsed, started, written

NO_LIST: tuple[Any, ...] = (1, True, "x", {}, [1], [None], [["x"]])
NO_LABEL = ("x" * 101, "", " x", "a\nb", "\u202e")


def test_what_it_holds_and_says() -> None:
    body = Labelled(("a", "b"), ("c", "a"))
    assert written(body) == {"add": ["a", "b"], "remove": ["c", "a"]}
    assert parsed(Labelled, written(body)) == body
    assert body.subject() == "label: +a +b -c -a"
    new = Cell({ONE: Write(STAMP, True)})
    labels = {"a": new, "b": new, "c": Cell({}, frozenset({TWO}))}
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, labels=labels)


@pytest.mark.parametrize("body", [Labelled(), Labelled(("a",)), Labelled((), ("a",))])
def test_lists_may_be_absent(body: Labelled) -> None:
    assert parsed(Labelled, written(body)) == body


@pytest.mark.parametrize("name", ["add", "remove"])
@pytest.mark.parametrize("value", [*NO_LIST, None, *([name] for name in NO_LABEL)])
def test_what_is_refused(name: str, value: Json) -> None:
    with pytest.raises(NotCanonical):
        parsed(Labelled, {name: value})


def test_a_removal_takes_away_the_adds_that_it_saw_and_no_others() -> None:
    here = started(Labelled(("bug", "ui")))
    there = here.fork("there")
    removal = here.say(Labelled((), ("bug",)))
    there.say(Labelled(("bug",)))
    assert (here.task.labels, there.task.labels) == (["ui"], ["bug", "ui"])
    assert len(removal.over) == 1
    here.hear(there.events.values())
    assert here.task.labels == ["bug", "ui"]
    here.say(Labelled((), ("bug",)))
    assert here.task.labels == ["ui"]


def test_a_label_that_two_have_put_on_is_taken_off_once() -> None:
    here = started()
    there = here.fork("there")
    here.say(Labelled(("bug",)))
    there.say(Labelled(("bug",)))
    here.hear(there.events.values())
    assert len(here.say(Labelled((), ("bug",))).over) == 2
    assert here.task.labels == []


def test_removed_before_it_was_heard_of_stays_removed() -> None:
    here = started(Labelled(("bug",)))
    events = list(here.events.values())
    removal = here.say(Labelled((), ("bug",)))
    late = started()
    late.events.clear()
    late.state = State()
    late.hear([events[0], removal])
    assert late.task.labels == []
    late.hear(events)
    assert late.task.labels == []
