"""What an agent's git is told beside what the user's environment tells it."""

from __future__ import annotations

import pytest

from git_phc.services.variables import guarded

KEY, VALUE = "safe.bareRepository", "explicit"
ONE = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"}
OWN = {**ONE, "GIT_CONFIG_KEY_0": "safe.barerepository", "GIT_CONFIG_VALUE_0": "all"}


@pytest.mark.parametrize(
    ("environ", "more"),
    [
        ({}, {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": KEY, "GIT_CONFIG_VALUE_0": VALUE}),
        (ONE, {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": KEY, "GIT_CONFIG_VALUE_1": VALUE}),
        (OWN, {}),
        ({"GIT_CONFIG_COUNT": "²"}, {}),
    ],
)
def test_a_guard_is_added_to_what_is_said(environ: dict[str, str], more: dict[str, str]) -> None:
    assert guarded(environ) == {**environ, **more}
