"""How an agent works here is for those to say who are trusted here, whoever may push."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from git_phc.model.codec import Json
from git_phc.model.events.edited import Edited
from tests.sync.team import Mate, Team
from tests.sync.test_from_afar import asking, heard_of, is_waiting, until

BOB = "Bob <bob@example.com>"


@pytest.fixture
def ready(team: Team) -> Team:
    team.ada.git("commit", "-q", "--allow-empty", "-m", "first")
    return team


def edited_by_bob(team: Team, task: str, **fields: Json) -> None:
    """Bob sets these, and Ada has heard it."""
    team.bob("pull")
    team.bob.say(task, Edited(fields))
    team.bob("push")
    team.ada("pull")


def at_rest(team: Team, prompt: str = "[[say hello]]") -> str:
    """A task of Ada's that has run and is shared."""
    task: str = json.loads(team.ada("start", "--json", "-a", "fake", prompt).out)["id"]
    team.ada("push", task)
    return task


def runs(mate: Mate, task: str) -> int:
    return len(mate.show(task)["runs"])


@pytest.mark.parametrize("word", ["resume", "send", "fork"])
def test_a_strangers_command_is_not_run(ready: Team, tmp_path: Path, word: str) -> None:
    task, ran = at_rest(ready), tmp_path / "ran"
    edited_by_bob(ready, task, agent="command", command=["touch", str(ran)])
    before = ready.ada.tip(task)
    more = ("more",) if word == "send" else ()
    told = ready.ada(word, task, *more, code=5)
    assert f"{BOB} has made this a task that runs the command touch {ran}" in told.err
    assert told.err.endswith("Let them: git phc trust --actor bob@example.com\n")
    assert (ready.ada.tip(task), ran.exists()) == (before, False)
    assert {"what": "command", "who": BOB} in ready.ada.show(task)["unheard"]
    ready.ada("trust", "--actor", "bob@example.com")
    ready.ada("resume", task)
    assert ran.exists()


@pytest.mark.slow
def test_a_level_that_a_stranger_has_raised_begins_no_run(ready: Team) -> None:
    task = at_rest(ready)
    edited_by_bob(ready, task, autonomy="accept-edits")
    told = ready.ada("resume", task, code=5)
    assert f"{BOB} has made this a task that lets its agent work at accept-edits" in told.err
    assert told.err.endswith(f"; or: git phc edit {task[:8]} --autonomy ask\n")
    assert runs(ready.ada, task) == 1
    ready.ada("edit", task, "--autonomy", "ask")
    ready.ada("resume", task)
    edited_by_bob(ready, task, autonomy="auto")
    ready.ada.git("config", "phc.autonomy", "auto")  # it is what Ada's agents may do anyway
    ready.ada("resume", task)
    assert runs(ready.ada, task) == 3


@pytest.mark.slow
def test_the_level_after_a_plan_is_whose_approved_it(ready: Team) -> None:
    """Another clone has written it, which ran the task."""
    ready.ada.git("push", "-q", "origin", "HEAD:main")
    made = ready.ada("start", "--json", "-a", "fake", "--autonomy", "plan", "[[say hello]]")
    task: str = json.loads(made.out)["id"]
    ready.ada("handoff", task, "--to", "bob@example.com")
    ready.bob("pull")
    ready.bob("trust", "--actor", "ada@example.com")
    ready.bob("pick", task)
    ready.bob("send", "-d", task, "[[plan do it]]")
    until(ready.bob, task, is_waiting)
    heard_of(ready.ada, task, is_waiting)
    ready.ada("answer", task, "--always")
    until(ready.bob, task, lambda now: now["status"] == "ready")
    assert ready.bob.show(task)["autonomy"] == "accept-edits"
    ready.bob("handoff", task, "--to", "ada@example.com")
    ready.ada("pull")
    ready.ada("pick", task)
    assert "unheard" not in ready.ada.show(task)
    ready.ada("resume", task)


@pytest.mark.slow
def test_what_raises_nothing_needs_no_trust(ready: Team) -> None:
    task = at_rest(ready)
    edited_by_bob(ready, task, autonomy="plan", model="small", title="Mine")
    ready.ada("resume", task)
    shown = ready.ada.show(task)
    assert (shown["autonomy"], shown["title"], "unheard" in shown) == ("plan", "Mine", False)


@pytest.mark.slow
def test_a_run_that_is_on_goes_on_with_its_own(ready: Team, tmp_path: Path) -> None:
    ran = [tmp_path / name for name in ("one", "two")]
    task = asking(ready.ada, f"[[run touch {ran[0]}]] [[run touch {ran[1]}]]")
    until(ready.ada, task, is_waiting)
    stolen = ["touch", str(tmp_path / "stolen")]
    edited_by_bob(ready, task, agent="command", command=stolen, autonomy="bypass")
    first = until(ready.ada, task, is_waiting)["waiting"][0]["id"]
    ready.ada("answer", task, "--allow", code=6)
    until(ready.ada, task, lambda now: is_waiting(now) and now["waiting"][0]["id"] != first)
    assert [path.exists() for path in ran] == [True, False]
    ready.ada("answer", task, "--allow")
    until(ready.ada, task, lambda now: now["status"] == "ready")
    assert [path.exists() for path in ran] == [True, True]
    ready.ada("send", task, "and more", code=5)
    assert not (tmp_path / "stolen").exists()
