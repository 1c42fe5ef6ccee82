from __future__ import annotations

from git_phc.model.events.created import Created
from git_phc.model.state import State
from tests.model.making import LONG, STAMP, STAMPED, parsed, written


def test_the_root_holds_no_text() -> None:
    assert written(Created()) == {}
    assert Created().subject() == "create"
    assert Created().says(STAMP, frozenset()) == State(last=STAMP, root=STAMPED)


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert parsed(Created, {"prompt": LONG}) == Created()
