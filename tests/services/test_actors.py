"""Whose words make a question one that waits no more."""

from __future__ import annotations

import pytest

from git_phc.model.ids import EventId
from git_phc.model.state import State
from git_phc.services.actors import Said, unanswered

ASK: Said = {"id": "a", "clock": 1, "claim": "c", "clone": "here", "title": "May I?"}
ITEM: Said = {"id": "b", "clock": 2, "ask": "a"}


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ({"clone": "friend", "option": "yes"}, False),
        ({"clone": "stranger", "option": "yes"}, True),
        ({"clone": "here", "name": "withdrawn"}, False),
        ({"clone": "stranger", "name": "withdrawn"}, True),
    ],
)
def test_what_an_agent_takes_back_its_own_clone_says(said: Said, waits: bool) -> None:
    item: Said = {**ITEM, **said}
    state = State(logs={"asks": {EventId("a"): ASK}, "answers": {EventId("b"): item}})
    found = unanswered(state, "c", lambda item: item["clone"] == "friend")
    assert found == ([ASK] if waits else [])
