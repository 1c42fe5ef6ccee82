"""Which of the options words mean."""

from __future__ import annotations

import pytest

from git_phc.plugins.records import option
from git_phc.services.answer import option_named

ASK = {"options": [option("a", "Apple", "other"), option("b", "2", "other")]}


@pytest.mark.parametrize(
    ("words", "id"),
    [("1", "a"), ("2", "b"), ("3", None), ("0", None), ("²", None), ("٢", "b"), ("APPLE", "a")],
)
def test_an_option_is_its_name_its_id_or_its_number(words: str, id: str | None) -> None:
    assert option_named(ASK, words) == id
