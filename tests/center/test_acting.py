"""The keys that act, on tasks of the agent `fake`, which really run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.center.playing import Show, play
from tests.e2e.stage import until
from tests.kit import MakeRepo, Phc, RunGit

pytestmark = pytest.mark.e2e


@pytest.fixture
def repo(make_repo: MakeRepo, git: RunGit) -> Path:
    repo = make_repo()
    git(repo, "config", "phc.agent", "fake")
    return repo


async def write(show: Show, key: str, text: str) -> None:
    """Opens the dialog by a key, pastes the text, and sends it."""
    await show.press("escape", key)
    await show.until("Enter sends")
    paper = show.app.screen.query_one("Paper")
    paper.insert(text)  # type: ignore[attr-defined]
    await show.press("enter")


@pytest.mark.slow
def test_a_task_from_its_beginning_to_its_merge(repo: Path, phc: Phc) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        prompt = "Make it [[run true]] [[write a.txt|hello\n]] [[say all is made]]"
        await write(show, "n", prompt)
        await show.until(r"\? Run true(.|\n)*\$ true(.|\n)*a allow  A always  d deny  i in words")
        await show.press("a")
        await show.until(r"\? Write a.txt(.|\n)*\+hello")
        await show.press("a")
        await show.until(r"ready · (.|\n)*all is made")
        await show.press("tab")
        await show.until(r"1 file changed(.|\n)*\+hello(.|\n)* diff ")
        await show.press("tab")
        await show.until(r"Ada Tester: ready(.|\n)* log ")
        await show.press("tab", "m")
        await show.until("into the branch here.(.|\n)*y yes   n no")
        await show.press("n", "m", "y")
        await show.until("Merged into main: .{8}: Make it")
        await show.until("No tasks yet|and 1 done")
        assert (repo / "a.txt").read_text().strip() == "hello"
        await show.press("u")
        await show.until("Took back merge: .{8}: Make it")
        await show.until("waits for you")
        assert not (repo / "a.txt").exists()

    play(repo, story)
    assert [task["status"] for task in shown(repo, phc)] == ["ready"]


def shown(repo: Path, phc: Phc) -> list[dict[str, str]]:
    tasks: list[dict[str, str]] = json.loads(phc("status", "--json", cwd=repo).out)["tasks"]
    return tasks


@pytest.mark.slow
def test_what_is_asked_is_denied_and_answered_in_words(repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        await write(show, "n", "Go [[run true]] [[ask How many]] [[say so be it]]")
        await show.until(r"\$ true")
        await show.press("d")
        await show.until(r"\? How many(.|\n)*i in words")
        await show.press("a")
        await show.until("to this one cannot answer --allow")
        await write(show, "i", "three of them")
        await show.until("Answered .{8}: Go")
        await show.until("Told: three of them")
        await show.until("ready · ")
        await show.press("a")
        await show.until("it asks nothing; the task")

    play(repo, story)


@pytest.mark.slow
def test_only_what_one_sees_is_allowed(repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        await write(show, "n", "Go [[say so]] [[run touch made]] [[run true]] [[say it is done]]")
        for away, key in (("tab", "a"), ("shift+tab", "A"), ("tab", "d")):
            await show.until(r"\$ touch made")
            await show.press(away)
            await show.until(r" diff ━| log ━")
            await show.press("escape", key)
            assert show.bar == "Nothing was answered: first look at what it asks", key
        await show.until(r"\$ touch made")
        await show.pilot.resize_terminal(20, 6)
        await show.press("escape", "a")
        assert show.bar.startswith("Nothing was answ")
        await show.pilot.resize_terminal(120, 40)
        await show.until(r"\$ touch made")
        await show.press("A")
        await show.until("answered: always(.|\n)*✓ true(.|\n)*it is done")

    play(repo, story)


@pytest.mark.slow
def test_tasks_are_stopped_resumed_written_to_and_done(repo: Path, phc: Phc) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        await write(show, "n", "One [[sleep 60]]")
        await show.until("running · ")
        await show.press("s")
        await show.until("Stopped .{8}: One .*, now cancelled")
        await write(show, "i", "[[say another turn]]")
        await show.until("ready · (.|\n)*another turn")
        await write(show, "n", "Two [[say here]]")
        await show.until("2 ● Two")
        assert show.app.state.focus == 1
        await write(show, "I", "[[sleep 60]]")
        await show.until("Written to all in view: 2 of 2 done")
        await show.until(lambda: show.text.count("running · ") == 2)
        await show.press("S")
        await show.until("Stop all 2 that run")
        await show.press("y")
        await show.until("Stopped: 2 of 2 done")
        await show.press("r")
        await show.until("Resumed .{8}: Two")
        await show.until(lambda: "cancelled" in show.text and "preparing" not in show.text)
        await show.press("1", "x")
        await show.until("Done .{8}: One")
        await show.until("and 1 done")

    play(repo, story)
    assert len(shown(repo, phc)) == 1


@pytest.mark.slow
def test_what_one_has_written_is_not_lost_when_it_is_refused(repo: Path, git: RunGit) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        git(repo, "config", "phc.budget", "wild")
        await write(show, "n", "Very long thoughts")
        await show.until("phc.budget")
        git(repo, "config", "--unset", "phc.budget")
        await show.press("escape", "n")
        await show.until("Very long thoughts")
        await show.press("escape")

    play(repo, story)


@pytest.mark.slow
def test_who_leaves_waits_for_what_is_under_way(repo: Path, phc: Phc, tmp_path: Path) -> None:
    gate, hook = tmp_path / "gate", repo / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nuntil [ -e '{gate}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)

    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        await write(show, "n", "Go [[sleep 60]]")
        await show.press("q")
        assert show.bar == "Leaves after starting a task; q again leaves at once"
        gate.touch()
        await show.until(lambda: not show.app.is_running)

    play(repo, story)
    until(lambda: [task["status"] for task in shown(repo, phc)] == ["running"])


@pytest.mark.slow
def test_a_screen_that_cannot_be_lent_says_so(repo: Path, phc: Phc) -> None:
    assert phc("start", "-q", "-a", "fake", "Say it [[say it]]", cwd=repo).code == 0

    async def story(show: Show) -> None:
        await show.until("ready · ")
        await show.press("enter")
        assert "This screen cannot be lent; elsewhere: git phc attach " in show.bar
        await show.press("q")

    play(repo, story)


@pytest.mark.slow
def test_one_scrolls_back_and_to_the_newest(repo: Path, phc: Phc) -> None:
    assert phc("start", "-q", "Count", "--", "seq", "1", "200", cwd=repo).code == 0

    async def story(show: Show) -> None:
        await show.until(r"\b200\b")
        await show.press("pageup", "b")
        await show.until("20 more below")
        assert "200" not in show.text
        await show.press("pagedown")
        await show.until("10 more below")
        await show.press("end")
        await show.until(r"\b200\b")
        await show.press(*["pageup"] * 30)
        await show.until("turn 1 ── Count")
        await show.press("shift+tab")
        await show.until(" log ")
        await show.press("f", "shift+tab", "shift+tab")
        await show.until(r"\b200\b")

    play(repo, story)


@pytest.mark.slow
def test_what_would_run_is_shown_and_consented_to(repo: Path) -> None:
    (repo / ".phc/environments").mkdir(parents=True)
    (repo / ".phc/environments/dev.toml").write_text("setup.script = 'touch [made]'\n")

    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        await write(show, "n", "Go [[say gone]]")
        await show.until(r"would run:(.|\n)*touch \[made\](.|\n)*Run this on this computer\?")
        await show.press("n")
        await show.until("Nothing was run")
        await show.press("n")
        await show.until(r"Go \[\[say gone\]\]")
        await show.press("enter")
        await show.until("Run this on this computer")
        await show.press("y")
        await show.until("ready · (.|\n)*gone")

    play(repo, story)
