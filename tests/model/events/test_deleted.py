from __future__ import annotations

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.deleted import Deleted
from git_phc.model.events.edited import Edited
from git_phc.model.state import Cell, State, Write
from tests.model.making import NO_FLAG, ONE, STAMP, TWO, parsed, started, written


@pytest.mark.parametrize(("on", "subject"), [(True, "delete"), (False, "undo: delete")])
def test_what_it_holds_and_says(on: bool, subject: str) -> None:
    body = Deleted(on)
    assert written(body) == {"deleted": on}
    assert parsed(Deleted, written(body)) == body
    assert body.subject() == subject
    cell = Cell({ONE: Write(STAMP, on)}, frozenset({TWO}))
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, cells={"deleted": cell})


@pytest.mark.parametrize("value", NO_FLAG)
def test_what_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical, match="deleted is neither true nor false"):
        parsed(Deleted, {"deleted": value})


def test_an_edit_that_did_not_see_the_deletion_is_later_than_it() -> None:
    here = started()
    there = here.fork("there")
    here.say(Deleted(True))
    there.say(Edited({"pinned": True}), Edited({"title": "Still wanted"}))
    here.hear(there.events.values())
    title, deleted = here.task.written("title"), here.task.written("deleted")
    assert here.task.deleted
    assert title
    assert deleted
    assert title["clock"] > deleted["clock"]
