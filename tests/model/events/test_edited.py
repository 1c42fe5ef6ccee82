from __future__ import annotations

from typing import Any

import pytest

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.edited import CHECKS, REQUIRED, Edited
from git_phc.model.state import Cell, State, Write
from tests.model.making import COMMIT, LONG, ONE, STAMP, START, TWO, parsed, started, written

ATTEMPT: dict[str, Any] = {"group": "k" * 32, "number": 2, "of": 3}
TEXTS: tuple[Any, ...] = (1, True, [], {}, LONG)
TURN: dict[str, Json] = {"run": "1" * 64, "turn": 1}
FORKED: dict[str, Json] = {"task": "k" * 32, "checkpoint": 2, "agent": "x", "turns": [TURN]}
BAD: dict[str, tuple[Any, ...]] = {
    "title": (*TEXTS, "", " x", "x ", "a  b", "a\nb", "a\tb", "\x1b[m", "a\u202eb", "x" * 121),
    "mode": (*TEXTS, "", "Local", "remote", ["local"]),
    "base": (*TEXTS, "", "HEAD", "--all", "c" * 39, "C" * 40, "c" * 40 + "\n"),
    "branch": (
        *TEXTS, "", "-x", "/x", "x/", "a..b", "a b", "a\n", "x.lock", "x.lock/y", ".x", "a/.x",
        "x.", "a//b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{1}", "@", "HEAD", "\x7f",
    ),
    "agent": (*TEXTS, "x" * 101),
    "command": (1, True, "sh", {}, [1], ["sh", None], [["sh"]]),
    "model": (*TEXTS, "x" * 201),
    "autonomy": (*TEXTS, "", "yolo"),
    "environment": (*TEXTS, "x" * 201),
    "sandbox": (*TEXTS, "", "none", "x" * 101),
    "assignee": (*TEXTS, "x" * 301),
    "pinned": (0, 1, "true", [], {}),
    "forked": (
        "x", 1, {}, {**FORKED, "task": "k"}, {**FORKED, "turns": 1}, {**FORKED, "turns": [1]},
        {**FORKED, "turns": [{**TURN, "run": "../x"}]},
        {**FORKED, "turns": [{**TURN, "turn": "1"}]},
        {**FORKED, "agent": None}, {**FORKED, "session": 1}, {**FORKED, "checkpoint": "1"},
    ),
    "attempt": (
        *TEXTS, "1/2", {**ATTEMPT, "group": "kkkk"}, {**ATTEMPT, "group": None},
        {**ATTEMPT, "number": 0}, {**ATTEMPT, "number": 4}, {**ATTEMPT, "number": True},
        {**ATTEMPT, "number": "1"}, {**ATTEMPT, "of": None}, {"number": 1, "of": 1},
    ),
}  # fmt: skip
GOOD: dict[str, tuple[Json, ...]] = {
    "title": ("x", "é" * 120, "\U0001f468\u200d\U0001f469"),
    "mode": ("local", "worktree", "cloud"),
    "base": (COMMIT, "0" * 64),
    "branch": ("main", "phc/fix-it-kkkkkkkk", "a@b", "ü", "a.locks", "a/-x"),
    "agent": ("claude", "x" * 100),
    "command": ([], ["sh", "-c", "x" * 5000]),
    "model": ("", "large"),
    "autonomy": ("plan", "ask", "accept-edits", "auto", "bypass"),
    "environment": ("dev",),
    "sandbox": ("bubblewrap",),
    "assignee": ("ada@example.com",),
    "pinned": (True, False),
    "forked": (FORKED, {**FORKED, "session": "s", "turns": []}),
    "attempt": (ATTEMPT, {**ATTEMPT, "number": 1, "of": 1, "later": "x"}),
}


def test_every_field_is_in_the_tables() -> None:
    assert set(CHECKS) == set(BAD) == set(GOOD)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in BAD for v in BAD[n]])
def test_what_is_refused(name: str, value: Json) -> None:
    with pytest.raises(NotCanonical, match=f"^{name} cannot be ") as refused:
        parsed(Edited, {"fields": {name: value}})
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in GOOD for v in GOOD[n]])
def test_what_is_taken(name: str, value: Json) -> None:
    body = Edited({name: value})
    assert written(body) == {"fields": {name: value}}
    assert parsed(Edited, written(body)) == body
    cell = Cell({ONE: Write(STAMP, value)}, frozenset({TWO}))
    assert body.says(STAMP, frozenset({TWO})) == State(last=STAMP, cells={name: cell})


@pytest.mark.parametrize("name", CHECKS)
def test_none_takes_back_what_need_not_be_there(name: str) -> None:
    if name in REQUIRED:
        with pytest.raises(NotCanonical, match=f"{name} cannot be None"):
            parsed(Edited, {"fields": {name: None}})
    else:
        assert parsed(Edited, {"fields": {name: None}}) == Edited({name: None})


@pytest.mark.parametrize("value", [None, 1, True, "x", []])
def test_fields_are_an_object(value: Json) -> None:
    with pytest.raises(NotCanonical, match="fields is no object"):
        parsed(Edited, {"fields": value})


def test_fields_of_a_later_version_and_of_other_events_are_passed_over() -> None:
    fields: dict[str, Json] = {"later": [1], "done": 1, "deleted": True, "title": "x"}
    assert parsed(Edited, {"fields": fields}) == Edited({"title": "x"})


def test_subjects() -> None:
    assert Edited(START).subject() == "start: worktree, claude: Fix it"
    assert Edited({**START, "agent": "a\nb"}).subject() == "start: worktree, a b: Fix it"
    assert Edited({"title": "x", "pinned": True}).subject() == "edit: pinned, title"


def test_two_titles_that_did_not_see_each_other_are_contested() -> None:
    here = started()
    there = here.fork("there")
    here.say(Edited({"title": "Here"}))
    there.say(Edited({"pinned": True}), Edited({"title": "There"}))
    here.hear(there.events.values())
    assert (here.task.title, here.task.contested("title")) == ("There", ["Here"])
    assert here.task.contested("pinned") == []
    settled = here.say(Edited({"title": "Settled"}))
    assert len(settled.over) == 2
    there.hear(here.events.values())
    assert (there.task.title, there.task.contested("title")) == ("Settled", [])


def test_an_edit_of_one_field_leaves_what_the_same_event_said_of_others() -> None:
    clone = started()
    clone.say(Edited({"title": "Other"}))
    assert (clone.task.title, clone.task.mode, clone.task.agent) == ("Other", "worktree", "claude")
