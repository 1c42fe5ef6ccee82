"""The keys that move and look, on tasks that stand still; and what the screen looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.center.playing import Show, play
from tests.cli.making import NEVER, Maker
from tests.kit import Phc, RunGit

CHANGES = {"files": 1, "added": 10, "removed": 2}


@pytest.fixture
def six(make: Maker) -> list[str]:
    """Six tasks, in the order of the list; their titles begin with these words."""
    make("Six ran", "cancelled", at=NEVER)
    make("Five runs", "running", at=NEVER)
    make("Four is ready", "ready", at=NEVER, changes=CHANGES)
    make("Three failed", "failed", at=NEVER)
    make("Two waits", "waiting", at=NEVER, fields={"pinned": False})
    make("One is pinned", "ready", at=NEVER, fields={"pinned": True, "branch": "phc/one"})
    make("Nobody sees it", "done", at=NEVER)
    return ["One", "Two", "Three", "Four", "Five", "Six"]


def test_the_screen_as_a_whole(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        await show.until("may I|Nothing|turn|Two waits")
        assert show.lines[:8] == [line.ljust(80) for line in show.lines[:8]]
        text = [line[:24].rstrip() for line in show.lines]
        assert text[:11] == [
            "pinned (1)",
            "1 ● One is pinned    0s",
            "waits for you (3)",
            "2 ? Two waits        0s",
            "3 ✗ Three failed     0s",
            "4 ● Four is ready    0s",
            "at work (1)",
            "  ▶ Five runs        0s",
            "at rest (1)",
            "  – Six ran          0s",
            "",
        ]
        assert text[-2] == "and 1 done"
        assert "┏━ 1 ● One is pinned ━" in show.lines[0]
        assert "╭─ 2 ? Two waits ─" in show.lines[0]
        assert "┃ready · " in show.lines[1]
        assert show.bar.startswith("? help  n new  Enter attach  i write")

    play(repo, story, size=(80, 24))


@pytest.mark.slow
def test_the_focus_goes_where_the_keys_say(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        def focus() -> str:
            row = show.app.state.selected
            return row.task.title.split()[0] if row else ""

        await show.until("Six ran")
        assert focus() == "One"
        for keys, found in (
            ("4", "Four"),
            ("up", "Three"),
            ("k", "Two"),
            ("j", "Three"),
            ("right", "Four"),
            ("left", "Three"),
            ("h", "Three"),
            ("l", "Four"),
            ("down", "Five"),
            ("9", "Five"),
            ("2", "Two"),
        ):
            await show.press(keys)
            assert focus() == found, keys

    play(repo, story)


@pytest.mark.slow
def test_each_number_goes_to_its_cell(six: list[str], make: Maker, repo: Path) -> None:
    for number in range(3):
        make(f"More {number}", "cancelled", at=NEVER)

    async def story(show: Show) -> None:
        await show.until("More 2")
        await show.press("g", "g")
        for number in (9, 1, 8, 2, 7, 3, 6, 4, 5):
            await show.press(str(number))
            assert show.app.state.focus == number - 1
            assert show.app.state.selected

    play(repo, story)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_the_keys_that_quit(key: str, six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        await show.press("slash", "x", "escape", "f1")
        await show.until("take back the last")
        await show.press("f1", key)
        await show.until(lambda: not show.app.is_running)

    play(repo, story)


@pytest.mark.slow
def test_grids_are_chosen_and_remembered(six: list[str], repo: Path) -> None:
    async def choose(show: Show) -> None:
        await show.until("Six ran")
        boxes = []
        for _ in range(6):
            await show.press("g")
            await show.pilot.pause()
            boxes.append(show.text.count("╭─") + show.text.count("┏━"))
        assert boxes == [6, 9, 1, 2, 2, 4]
        await show.press("G")
        assert show.app.state.grid.name == "1x2"

    async def again(show: Show) -> None:
        await show.until("Six ran")
        assert show.app.state.grid.name == "1x2"
        assert show.text.count("╭─") + show.text.count("┏━") == 2

    play(repo, choose)
    play(repo, again)


@pytest.mark.slow
def test_a_search_filters_as_one_types(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        await show.press("slash", *"read")
        await show.until("2 of 6 have: read")
        assert "Four is ready" in show.text
        assert "Three failed" not in show.text
        await show.press("y", "enter")
        assert show.app.focused is None
        await show.press("2")
        assert show.app.state.selected is not None
        assert show.app.state.selected.task.title == "Four is ready"
        await show.press("escape")
        await show.until("Three failed")
        await show.press("slash", *"nobody has this")
        await show.until("Nothing has these words")

    play(repo, story)


@pytest.mark.slow
def test_help_tells_every_key(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        await show.press("question_mark")
        await show.until("take back the last")
        await show.press("escape")
        await show.until("Six ran")

    play(repo, story)


def test_a_task_of_another_process_is_seen(make: Maker, repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet: n starts one")
        make("From elsewhere", "ready")
        await show.until("From elsewhere")

    play(repo, story)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (300, 100), (20, 6)])
def test_screens_of_any_size(size: tuple[int, int], six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("One|n new")
        await show.press("g", "g")
        await show.pilot.pause()
        assert [len(line) for line in show.lines] == [size[0]] * size[1]

    play(repo, story, size=size)


@pytest.mark.slow
def test_a_screen_without_unicode(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        assert show.text.isascii()
        assert "+= 1 * One is pinned =" in show.text
        await show.press("question_mark")
        await show.until("take back the last")
        assert show.text.isascii()

    play(repo, story, env={"LC_ALL": None, "LANG": "C"})


@pytest.mark.slow
def test_keys_that_need_a_task_say_so(repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        for key in "adsrmxi":
            await show.press("escape", key)
            assert show.bar == "There is no task in this cell", key
        await show.press("I")
        assert show.bar == "There is no task in view"
        await show.press("S")
        assert show.bar == "None runs"
        await show.press("u")
        await show.until("there is nothing to take back here. See: git phc status --all")

    play(repo, story)


@pytest.mark.slow
def test_a_click_chooses(six: list[str], repo: Path) -> None:
    async def story(show: Show) -> None:
        await show.until("Six ran")
        await show.pilot.click(offset=(100, 30))
        assert show.app.state.focus == 3
        await show.pilot.click(offset=(5, 3))
        assert show.app.state.focus == 1

    play(repo, story)


@pytest.mark.faults
def test_what_cannot_be_read_is_told_in_its_cell(repo: Path, phc: Phc, git: RunGit) -> None:
    assert phc("start", "-q", "Good", "--", "echo", "all is well", cwd=repo).code == 0
    assert phc("start", "-q", "Bad", "--", "echo", "lost", cwd=repo).code == 0
    id = phc("status", "-q", "-", cwd=repo).out.strip()
    lost = git(repo, "ls-tree", "-r", f"refs/phc/runs/{id}").split()[2]
    (repo / ".git/objects" / lost[:2] / lost[2:]).unlink()

    async def story(show: Show) -> None:
        await show.until("all is well")
        await show.until("a part of the transcript is missing")
        (repo / ".git" / "HEAD").rename(repo / ".git" / "HEAT")
        await show.press("x")
        await show.until(r"git [\w-]+ failed")
        (repo / ".git" / "HEAT").rename(repo / ".git" / "HEAD")
        await show.press("1", "x")
        await show.until("and 1 done")

    play(repo, story)
