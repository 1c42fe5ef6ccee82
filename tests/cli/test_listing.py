"""The list on a screen: which columns fit, what is cut, and where colour comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from git_phc.cli.safe import width
from tests.cli.making import NEVER, Maker
from tests.cli.told import listed
from tests.kit import Outcome, Phc, RunGit

TITLE = "Make the parser accept a trailing comma in every list, as the others do"


class Screen(Protocol):
    """Runs a command at a terminal that can show colours, with no pager."""

    def __call__(self, *words: str, **env: str | None) -> Outcome: ...


@pytest.fixture
def screen(repo: Path, phc: Phc, monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("TERM", "xterm")

    def run(*words: str, **env: str | None) -> Outcome:
        given: dict[str, Any] = {"GIT_PAGER": "cat", "COLUMNS": "80", **env}
        return phc(*words, cwd=repo, tty=True, env=given)

    return run


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (
            150,
            (
                "ready  0s  worktree  command  phc/make-the-parser  +120 -7  3 ahead 1 behind  "
                "Make the parser accept a trailing comma in every list, as the o…"
            ),
        ),
        (
            100,
            (
                "ready  0s  worktree  command  +120 -7  3 ahead 1 behind  "
                "Make the parser accept a trailing…"
            ),
        ),
        (80, "ready  0s  worktree  +120 -7  3 ahead 1 behind  Make the parser accept…"),
        (60, "ready  0s  +120 -7  Make the parser accept a traili…"),
        (40, "ready  0s  Make the parser acce…"),
        (10, "ready  0s  Ma…"),
    ],
)
def test_columns_leave_before_the_title_does(
    columns: int, line: str, make: Maker, screen: Screen
) -> None:
    changes = {"files": 2, "added": 120, "removed": 7, "ahead": 3, "behind": 1}
    make(TITLE, changes=changes, fields={"branch": "phc/make-the-parser"}, at=NEVER)
    shown = screen("status", COLUMNS=str(columns), NO_COLOR="1").out
    assert listed(shown).removeprefix("● NAME  ").rstrip("\n") == line
    assert width(shown.rstrip("\n")) <= max(columns, 22)


def test_short_titles_leave_room_for_more_columns(make: Maker, screen: Screen) -> None:
    make("Fix it", fields={"branch": "phc/fix-it"}, at=NEVER)
    shown = screen("status", COLUMNS="60", NO_COLOR="1").out
    assert listed(shown) == "● NAME  ready  0s  worktree  command  phc/fix-it  Fix it\n"


def test_wide_letters_and_right_to_left_keep_the_columns(make: Maker, screen: Screen) -> None:
    make("修复解析器" * 10, at=NEVER)
    make("תקן את המנתח", at=NEVER)
    make("👩‍💻 fix e\u0301", at=NEVER)
    for line in screen("status", COLUMNS="60", NO_COLOR="1").lines:
        assert width(line) <= 60
        assert line[6:].startswith("  ready  0s  worktree  command  ")


def test_colours(make: Maker, screen: Screen, repo: Path, git: RunGit) -> None:
    changes = {"files": 1, "added": 1, "removed": 0, "ahead": 1, "behind": 2}
    make("Fix it", changes=changes, at=NEVER, fields={"pinned": True})
    make("Old", "done")
    plain = (
        "● NAME  ready  0s  worktree  command  +1 -0  1 ahead 2 behind  (pinned) Fix it\n"
        "Not shown: 1 done (git phc status --all)\n"
    )
    assert screen("status").lines == [
        screen("status").lines[0],
        "\x1b[2mNot shown: 1 done (git phc status --all)\x1b[0m",
    ]
    coloured = screen("status").lines[0]
    assert coloured.startswith("\x1b[32m\x1b[1m●\x1b[0m ")
    assert coloured.endswith("  ready  0s  worktree  command  +1 -0  ↑1 ↓2  ★ Fix it")
    assert listed(screen("status", NO_COLOR="1").out) == plain
    assert listed(screen("status", TERM="dumb").out) == plain
    git(repo, "config", "color.ui", "never")
    assert listed(screen("status").out) == plain


def test_colour_without_a_terminal(
    make: Maker, repo: Path, phc: Phc, git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    make("Fix it")
    assert "\x1b" not in phc("status", cwd=repo).out
    git(repo, "config", "color.ui", "always")
    assert "\x1b" in phc("status", cwd=repo).out
    assert "\x1b" not in phc("status", cwd=repo, env={"NO_COLOR": "1"}).out
    for words in (("status", "--json"), ("status", "-q")):
        assert "\x1b" not in phc(*words, cwd=repo).out


def test_an_unreadable_size_is_80_columns(make: Maker, screen: Screen) -> None:
    make("word " * 20 + "end", at=NEVER)
    for said in ("", "many", "0"):
        assert len(screen("status", COLUMNS=said, NO_COLOR="1").lines[0]) <= 80


def test_one_task_on_a_screen(make: Maker, screen: Screen) -> None:
    task = make("Fix it")
    first, second, *_ = screen("status", task.id).lines
    assert first == f"\x1b[1m{task.id[:8]}  Fix it\x1b[0m"
    assert second.startswith("status    \x1b[32m\x1b[1mready\x1b[0m, since ")
