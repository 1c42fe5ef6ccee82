from __future__ import annotations

import pytest

from git_phc.errors import UsageError
from git_phc.services.transcript import oldest

NOW = "2026-03-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("90s", "2026-02-28T23:58:30.000Z"),
        ("10m", "2026-02-28T23:50:00.000Z"),
        ("2h", "2026-02-28T22:00:00.000Z"),
        ("1d", "2026-02-28T00:00:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:30", "2026-01-31T12:30:00.000Z"),
        ("2026-01-31T12:30:15.5Z", "2026-01-31T12:30:15.500Z"),
        ("2026-01-31T12:30:15+02:00", "2026-01-31T10:30:15.000Z"),
    ],
)
def test_a_time_or_an_age(words: str, time: str) -> None:
    assert oldest(words, NOW) == time


@pytest.mark.parametrize(
    "words",
    [
        "",
        "yesterday",
        "10",
        "-1d",
        "1.5h",
        "999999d",
        "2026-02-30",
        "12:00",
        "0001-01-01T00:00+05:00",
    ],
)
def test_what_is_neither(words: str) -> None:
    with pytest.raises(UsageError) as error:
        oldest(words, NOW)
    assert error.value.message == f"{words!r} is no time"
