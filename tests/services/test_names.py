from __future__ import annotations

import pytest

from git_phc.cli.summary import age, amount
from git_phc.services.find import short_names
from git_phc.services.wait import exit_code


def test_names_are_as_short_as_can_be() -> None:
    ids = ["k" * 32, "kkkkkl" + "k" * 26, "kkkkm" + "k" * 27, "z" * 32]
    assert short_names(ids) == {
        ids[0]: "kkkkkk",
        ids[1]: "kkkkkl",
        ids[2]: "kkkkm",
        ids[3]: "zzzz",
    }
    assert short_names([]) == {}
    assert short_names(ids[:1]) == {ids[0]: "kkkk"}


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], 0),
        (["ready", "done"], 0),
        (["ready", "cancelled"], 1),
        (["interrupted"], 1),
        (["failed", "waiting", "ready"], 6),
        (["of a newer version"], 1),
    ],
)
def test_exit_codes(statuses: list[str], code: int) -> None:
    assert exit_code(statuses) == code


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-03-01T00:00:00.000Z", "0s"),
        ("2026-02-28T23:59:01Z", "59s"),
        ("2026-02-28T23:00:01Z", "59m"),
        ("2026-02-28T00:00:01Z", "23h"),
        ("2026-01-01T00:00:00Z", "59d"),
        ("2027-01-01T00:00:00Z", "0s"),
    ],
)
def test_ages(at: str, shown: str) -> None:
    assert age(at, "2026-03-01T00:00:00.000Z") == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1536, "1.5 KiB"),
        (5 << 20, "5.0 MiB"),
        (3 << 40, "3072.0 GiB"),
    ],
)
def test_amounts(size: int, shown: str) -> None:
    assert amount(size) == shown
