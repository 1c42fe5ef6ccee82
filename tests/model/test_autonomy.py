"""What each level allows: the table of the design, row by row."""

from __future__ import annotations

import pytest

from git_phc.model.autonomy import (
    AUTONOMIES,
    PERMISSIVE,
    REFUSING,
    after_plan,
    is_above,
    kind_of,
    option_for,
    verdict,
)
from git_phc.plugins.records import TOOLS

A, R, Q = "allow", "reject", "ask"
# tool: inside the workspace or not, then what plan, ask, accept-edits, auto, bypass say
TABLE = {
    ("read", True): (A, A, A, A, A),
    ("read", False): (A, A, A, A, A),
    ("search", True): (A, A, A, A, A),
    ("think", False): (A, A, A, A, A),
    ("fetch", False): (Q, Q, Q, Q, A),
    ("edit", True): (R, Q, A, A, A),
    ("edit", False): (R, Q, Q, Q, A),
    ("delete", True): (R, Q, Q, Q, A),
    ("move", True): (R, Q, Q, Q, A),
    ("execute", True): (R, Q, Q, Q, A),
    ("execute", False): (R, Q, Q, Q, A),
    ("other", True): (R, Q, Q, Q, A),
    ("of a version to come", True): (R, Q, Q, Q, A),
}


@pytest.mark.parametrize(("tool", "inside"), TABLE)
def test_permissions(tool: str, inside: bool) -> None:
    record = {"question": "permission", "tool": tool}
    found = tuple(verdict(level, record, inside=inside) for level in AUTONOMIES)
    assert found == TABLE[tool, inside]


def test_the_table_knows_each_tool() -> None:
    assert set(TOOLS) <= {tool for tool, _ in TABLE}


@pytest.mark.parametrize("level", [*AUTONOMIES, "of a version to come"])
@pytest.mark.parametrize("question", ["plan", "choice"])
def test_what_is_no_permission_is_for_people(level: str, question: str) -> None:
    assert verdict(level, {"question": question, "tool": "read"}, inside=True) == Q


@pytest.mark.parametrize("tool", ["edit", "execute"])
def test_an_unknown_level_allows_nothing(tool: str) -> None:
    assert verdict("free", {"question": "permission", "tool": tool}, inside=True) == Q


def test_a_tool_that_is_not_named_is_the_worst() -> None:
    assert verdict("plan", {"question": "permission"}, inside=True) == R
    assert verdict("auto", {"question": "permission"}, inside=True) == Q


OPTIONS = [
    {"id": "1", "kind": "allow_always"},
    {"id": "2", "kind": "allow_once"},
    {"id": "3", "kind": "reject_always"},
]


def test_options_by_kind() -> None:
    record = {"options": OPTIONS}
    assert option_for(record, PERMISSIVE) == "2"
    assert option_for(record, REFUSING) == "3"
    assert option_for(record, ("other",)) is None
    assert option_for({}, PERMISSIVE) is None
    assert kind_of(record, "1") == "allow_always"
    assert kind_of(record, "9") is None
    assert kind_of(record, None) is None


def test_each_level_is_above_those_before_it() -> None:
    for place, level in enumerate(AUTONOMIES):
        assert [is_above(other, level) for other in AUTONOMIES] == [
            number > place for number in range(len(AUTONOMIES))
        ]
        assert is_above("of a version to come", level)


def test_an_approved_plan_says_what_follows() -> None:
    kinds = ("allow_once", "allow_always", "reject_once", "other", None)
    assert [after_plan(kind) for kind in kinds] == ["ask", "accept-edits", None, None, None]
