from __future__ import annotations

import pytest

from git_phc.model.attempt import Attempt
from git_phc.model.events.edited import Edited
from git_phc.model.ids import TaskId
from tests.model.making import started

GROUP = TaskId("k" * 32)


def test_it_is_read_back_and_shown() -> None:
    attempt = Attempt(GROUP, 2, 3)
    assert Attempt.parse(attempt.data()) == attempt
    assert str(attempt) == "2/3"


@pytest.mark.parametrize("data", [None, "2/3", [], {}, {"group": GROUP, "number": 3, "of": 2}])
def test_what_is_none(data: object) -> None:
    with pytest.raises(ValueError, match="attempt"):
        Attempt.parse(data)


def test_a_task_knows_which_it_is() -> None:
    assert started().task.attempt is None
    task = started(Edited({"attempt": Attempt(GROUP, 1, 2).data()})).task
    assert task.attempt == Attempt(GROUP, 1, 2)
