from __future__ import annotations

import pytest

from git_phc.model import decide
from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.finished import Finished
from git_phc.model.events.merged import Merged
from git_phc.model.state import Cell, State, Write
from tests.model.making import COMMIT, NO_TEXT, ONE, STAMP, TWO, parsed, started, written

DATA: dict[str, Json] = {
    "branch": "main",
    "before": COMMIT,
    "after": "d" * 40,
    "how": "squash",
    "tip": "e" * 64,
}
BODY = Merged("main", COMMIT, "d" * 40, "squash", "e" * 64)


@pytest.mark.parametrize(
    ("body", "data", "subject"),
    [(BODY, DATA, "merge into main (squash)"), (Merged(), {}, "undo: merge")],
)
def test_what_it_holds_and_says(body: Merged, data: dict[str, Json], subject: str) -> None:
    assert written(body) == data
    assert parsed(Merged, data) == body
    assert body.subject() == subject
    cell = Cell({ONE: Write(STAMP, data or None)}, frozenset({TWO}))
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, cells={"merged": cell})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("branch", value) for value in (*NO_TEXT, "", "-x", "a b")),
        *((name, value) for name in ("before", "after", "tip") for value in (None, "", "HEAD")),
        *(("how", value) for value in (None, "", "octopus")),
    ],
)
def test_what_is_refused(name: str, value: Json) -> None:
    with pytest.raises(NotCanonical):
        parsed(Merged, {**DATA, name: value})


def test_it_counts_as_long_as_the_task_is_done() -> None:
    clone = started(Finished(0), BODY)
    other, third = clone.fork("other"), clone.fork("third")
    other.say(Claimed(1, None, "host", "local"))
    third.say(*decide.undo(third.task, "merge"))
    assert [one.task.merged for one in (clone, other, third)] == [DATA, None, None]
    assert [one.task.is_done for one in (clone, other, third)] == [True, False, False]
