"""Who has only the center open hears of a task that is finished, has failed or needs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.events import AppBlur, AppFocus

from git_phc.center.bells import Bells
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.overview import Row
from tests.center.playing import Show, play
from tests.cli.making import Maker
from tests.cli.screen import Screen
from tests.cli.tmux import Tmux
from tests.e2e.stage import until
from tests.kit import MakeRepo, Phc, RunGit

FOCUS, BLUR = "\x1b[I", "\x1b[O"  # what a terminal sends that was asked to tell
HOSTILE = "\x07\x1b]0;owned\x07\u009d0;owned\u009c\x1b[2J;\u202e"
WAIT = "while [ ! -e go ]; do sleep 0.05; done"


def hears(show: Show) -> list[str]:
    """What is written past the drawing; the driver of a test draws nothing."""
    heard: list[str] = []
    assert show.app._driver
    show.app._driver.write = heard.append  # type: ignore[method-assign,assignment]
    return heard


@dataclass
class Shelf:
    """Tasks that were made, and are there when they are shown: none is seen half made."""

    make: Maker
    git: RunGit

    def __call__(self, title: str, status: str = "ready") -> Callable[[], Task]:
        task = self.make(title, status)
        path, ref = self.make.repo.common_dir, f"refs/phc/tasks/{task.id}"
        tip = self.git(path, "rev-parse", ref)
        self.git(path, "update-ref", "-d", ref)

        def show() -> Task:
            self.git(path, "update-ref", ref, tip.strip())
            return task

        return show


@pytest.fixture
def shelf(make: Maker, git: RunGit) -> Shelf:
    return Shelf(make, git)


@pytest.mark.slow
def test_each_thing_rings_once(shelf: Shelf, make: Maker, repo: Path, git: RunGit) -> None:
    git(repo, "config", "phc.notify", "bell osc777")
    make("Old", "ready")
    statuses = ("ready", "failed", "waiting", "cancelled")
    made = {status: shelf(f"Now {status}", status) for status in statuses}

    async def story(show: Show) -> None:
        await show.until("Old")
        heard = hears(show)
        for status, show_it in made.items():
            task = show_it()
            await show.until(f"Now {status}")
            what = {"ready": "is ready", "waiting": "asks", "failed": "has failed"}.get(status)
            start = f"\a\x1b]777;notify;git phc;Now {status} {what}"
            assert [one for one in heard if one.startswith(start)] == heard
            assert len(heard) == (1 if what else 0)
            assert not heard or f"(repo {task.id.short})\a" in heard[0]
            heard.clear()

    play(repo, story)


@pytest.mark.slow
def test_nothing_rings_for_who_looks(shelf: Shelf, repo: Path, git: RunGit) -> None:
    git(repo, "config", "phc.notify", "bell")
    git(repo, "config", "phc.notifyOn", "finished,needs-you")
    looks, away = AppFocus, AppBlur
    steps = [
        (title, event, shelf(title, status))
        for title, event, status in (
            ("One", looks, "ready"),
            ("Two", away, "ready"),
            ("Three", away, "failed"),
            ("Four", looks, "waiting"),
        )
    ]
    last = shelf("Five", "waiting")

    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        heard, told = hears(show), []
        for title, event, show_it in steps:
            show.app.post_message(event())
            show_it()
            await show.until(title)
            told += [title] if heard else []
            heard.clear()
        assert told == ["Two"]
        show.app.post_message(AppBlur())
        await show.press("j")  # who types looks
        last()
        await show.until("Five")
        assert heard == []

    play(repo, story)


def test_why_nobody_can_be_told_is_said(shelf: Shelf, repo: Path, git: RunGit) -> None:
    git(repo, "config", "phc.notify", "bell")
    git(repo, "config", "phc.notifyOn", "everything")
    one, two = shelf("One"), shelf("Two")

    async def story(show: Show) -> None:
        await show.until("No tasks yet")
        heard = hears(show)
        one()
        await show.until("Nobody was told: phc.notifyOn names 'everything'")
        assert "One" in show.text
        git(repo, "config", "phc.notifyOn", "finished")  # heard of without being opened anew
        two()
        await show.until("Two")
        assert heard == ["\a"]

    play(repo, story)


@pytest.mark.slow
def test_many_that_are_brought_at_once_are_no_flood(make: Maker, repo: Path, git: RunGit) -> None:
    git(repo, "config", "phc.notify", "bell osc9")
    bells, ctx = Bells(), Context(make.repo, repo)
    assert bells.look(ctx, [], "") == ("", "")
    rows = [Row(make(f"Task {number}"), "ready", "k") for number in range(30)]
    letters, trouble = bells.look(ctx, rows, rows[0].task.id)
    assert re.findall(r"Task \d+", letters) == [f"Task {number}" for number in range(1, 6)]
    assert (trouble, bells.look(ctx, rows, "")) == ("", ("", ""))
    assert bells.look(ctx, [], "") == bells.look(ctx, rows, "") == ("", "")  # an undo is no news


@pytest.mark.slow
@pytest.mark.e2e
def test_a_terminal_is_rung_and_gets_nothing_of_a_tasks_making(
    make_repo: MakeRepo, phc: Phc, git: RunGit
) -> None:
    repo = make_repo(f"re{HOSTILE}po")
    seen = Shelf(Maker(repo), git)("Seen")
    git(repo, "config", "phc.notify", "bell osc9 osc777")
    with Screen(["center"], repo, {"TERM": "xterm-256color", "TMUX": None}) as screen:
        screen.wait_for("No tasks yet")
        screen.type(FOCUS)
        seen()
        screen.wait_for("Seen")
        screen.type(BLUR)
        words = ["start", "-dq", "-a", "fake", "--title", "4;1; Try", f"[[ask Which {HOSTILE}?]]"]
        started = phc(*words, cwd=repo)
        assert started.code == 0, started
        screen.wait_for("\x1b]777;[^\a]*\a")
        screen.type("q")
        assert screen.end() == 0
    rung = re.findall("\x1b](9;|777;notify;git phc;)([^\a]*)\a", screen.text)
    assert [start for start, _ in rung] == ["9;", "777;notify;git phc;"]
    for _, words_of_it in rung:
        assert re.search(r"4,1, Try asks: Which .*owned.*\(re.*owned.*po ", words_of_it)
        assert words_of_it.isprintable()
        assert ";" not in words_of_it
    assert "\a\x1b]9;" in screen.text
    assert len(re.findall(r"(?<!default)\a", screen.text)) == 3  # Textual's own: a pointer
    assert not re.search("\x1b]0;|\x9d|\x9c|\u202e|Seen is ready", screen.text)


@pytest.mark.slow
@pytest.mark.e2e
def test_what_one_hears_while_attached_does_not_ring_again(
    repo: Path, phc: Phc, git: RunGit
) -> None:
    git(repo, "config", "phc.notify", "bell")
    words = f"echo begun; {WAIT}; echo ended"
    assert phc("start", "-dq", "Slow", "--", "sh", "-c", words, cwd=repo).code == 0
    place = Path(phc("path", "-", cwd=repo).out.strip())
    with Screen(["center"], repo, {"TERM": "xterm-256color"}) as screen:
        screen.wait_for("begun")
        screen.type("\r")
        screen.wait_for("── turn 1 ── Slow\nbegun\n")
        (place / "go").touch()
        screen.wait_for("ended(.|\n)*Enter goes back to the center")
        screen.type("\r")
        screen.wait_for("goes back(.|\n)*waits for you")
        assert phc("start", "-q", "Next", "--", "true", cwd=repo).code == 0
        screen.wait_for(r"goes back(.|\n)*waits for you \(2\)")
        screen.type("q")
        assert screen.end() == 0
    assert len(re.findall(r"(?<!default)\a", screen.text)) == 2


@pytest.mark.slow
@pytest.mark.e2e
def test_tmux_marks_the_window_of_the_center(
    shelf: Shelf, make: Maker, repo: Path, git: RunGit
) -> None:
    git(repo, "config", "phc.notify", "bell")
    make("It was made before")
    cancelled, ready = shelf("Stopped by hand", "cancelled"), shelf("It is made")
    with Tmux(["center"], repo, (100, 20)) as tmux:
        tmux.wait_for("It was made before")
        tmux("new-window", "cat")  # of the window that one looks at tmux notes no bell
        cancelled()
        tmux.wait_for("Stopped by hand")
        assert tmux.ask("window_bell_flag") == "0"
        ready()
        until(lambda: tmux.ask("window_bell_flag") == "1")
        assert "It is made" in tmux.screen()
