from __future__ import annotations

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.archived import Archived
from git_phc.model.state import Cell, State, Write
from tests.model.making import NO_FLAG, ONE, STAMP, TWO, parsed, started, written


@pytest.mark.parametrize(("on", "subject"), [(True, "archive"), (False, "undo: archive")])
def test_what_it_holds_and_says(on: bool, subject: str) -> None:
    body = Archived(on)
    assert written(body) == {"archived": on}
    assert parsed(Archived, written(body)) == body
    assert body.subject() == subject
    cell = Cell({ONE: Write(STAMP, on)}, frozenset({TWO}))
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, cells={"archived": cell})


@pytest.mark.parametrize("value", NO_FLAG)
def test_what_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical, match="archived is neither true nor false"):
        parsed(Archived, {"archived": value})


def test_the_last_word_counts() -> None:
    clone = started(Archived(True))
    before = clone.task
    event = clone.say(Archived(False))
    assert (before.archived, clone.task.archived) == (True, False)
    assert len(event.over) == 1
