"""`attach` and `status --watch` in a real terminal: colours, answers, resizing, letting go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.making import NEVER, Maker
from tests.cli.screen import Screen
from tests.cli.tmux import Tmux
from tests.e2e.stage import until
from tests.kit import Phc, RunGit

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
HOSTILE = r"[[run printf 'a\033[2J\033]0;owned\007b\r\n']]"


def begun(repo: Path, phc: Phc, prompt: str) -> str:
    started = phc("start", "-d", "-q", "-a", "fake", "--title", "Try", prompt, cwd=repo)
    assert started.code == 0, started
    return started.out.strip()


def test_attach_shows_a_diff_takes_an_answer_and_lets_go(repo: Path, phc: Phc) -> None:
    task = begun(repo, phc, f"[[say I begin.]] [[write new.txt|one]] {HOSTILE} [[ask And now?]]")
    with Tmux(["attach", task], repo) as tmux:
        tmux.wait_for("Answer: [a] Allow, [A] Always allow, [d] Deny, or in words;")
        shown, painted = tmux.screen(), tmux.screen(painted=True)
        assert "I begin.\n? Write new.txt\n" in shown
        assert "    +one\n" in shown
        assert "\x1b[32m" in next(line for line in painted.splitlines() if "+one" in line)
        tmux.type("A", "Enter")
        shown = tmux.wait_for("? And now?")
        assert "± new.txt" in shown
        assert "\n    a\n" not in shown
        assert "    ab\n" in shown  # of what it has printed nothing has moved or named anything
        assert "owned" not in tmux.ask("pane_title")
        tmux.resize(40, 12)
        tmux.type("C-c")
        shown = tmux.wait_for("[exit 130]")
        assert "Detached; the run goes on. Back to it:" in " ".join(shown.split())
    assert phc("status", "-q", "--status", "waiting", cwd=repo).out.strip() == task


def test_who_answers_first_is_heard(repo: Path, phc: Phc) -> None:
    task = begun(repo, phc, "[[ask Which?]] [[say so it goes on]]")
    with Screen(["attach", task], repo) as screen:
        screen.wait_for("Answer: in words; Enter leaves it for later: ")
        assert phc("answer", task, "this one", cwd=repo).code == 0
        assert screen.end() == 0
    assert "\nIt was answered elsewhere.\n" in screen.text
    assert "Told: this one\nso it goes on\n" in screen.text


def test_nothing_but_text_comes_without_a_terminal(repo: Path, phc: Phc) -> None:
    task = begun(repo, phc, f"[[write a.txt|x]] {HOSTILE}")
    for _ in range(2):
        phc("wait", task, cwd=repo)
        phc("answer", task, "--allow", cwd=repo)
    shown = phc("attach", task, cwd=repo)
    assert shown.code == 0
    assert set(shown.out) & set(map(chr, range(32))) == {"\n"}
    assert "✓ printf" in shown.out


def test_watching_draws_anew_rings_and_follows_the_window(
    repo: Path, phc: Phc, git: RunGit
) -> None:
    git(repo, "config", "phc.notify", "bell")
    make = Maker(repo)
    for number in range(30):
        make(f"Task number {number} with a title that is longer than a line has room for", at=NEVER)
    task = begun(repo, phc, "[[ask Which?]] [[sleep 1]]")
    with Tmux(["status", "--watch"], repo, (100, 20)) as tmux:
        shown = tmux.wait_for("waiting")
        assert len(shown.splitlines()) == 19
        assert "… and 13 more lines" in shown
        tmux("new-window", "cat")  # of the window that one looks at tmux notes no bell
        assert phc("answer", task, "this", cwd=repo).code == 0
        until(lambda: tmux.ask("window_bell_flag") == "1")
        tmux("select-window", "-t", ":0")
        for columns, lines in ((60, 8), (300, 40), (20, 5)):
            tmux.resize(columns, lines)
            fits = min(lines - 1, 31)
            until(lambda fits=fits: len(tmux.screen().splitlines()) == fits)  # type: ignore[misc]
            shown = tmux.screen()
            assert all(len(line) <= columns for line in shown.splitlines())
        tmux.type("C-c")
        tmux.wait_for("[exit 130]")
