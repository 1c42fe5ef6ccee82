"""What is only there at a terminal: following, Ctrl-C, the editor, the pager, watching."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.cli.screen import CTRL_C, Screen
from tests.cli.told import told
from tests.kit import Phc, RunGit

pytestmark = pytest.mark.e2e
SLOW = ("--", "sh", "-c", "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo ended")


def place_of(phc: Phc, repo: Path) -> Path:
    return Path(phc("path", "-", cwd=repo).out.rstrip("\n"))


@pytest.mark.slow
def test_ctrl_c_detaches_and_the_run_goes_on(repo: Path, phc: Phc) -> None:
    with Screen(["start", "Slow", *SLOW], repo) as screen:
        screen.wait_for("begun\n")
        screen.type(CTRL_C)
        assert screen.end() == 130
    assert told(screen.text, repo.parent) == (
        "Started SHORT: Slow\n"
        "  in DIR/repo.phc/slow-SHORT on phc/slow-SHORT\n"
        "── turn 1 ── Slow\n"
        "begun\n"
        "^C\n"
        "Detached; the run goes on. Back to it: git phc attach SHORT\n"
    )
    assert "status    running, since " in phc("status", "-", cwd=repo).out
    with Screen(["attach", "-"], repo) as screen:
        screen.wait_for("begun\n")
        (place_of(phc, repo) / "go").touch()
        assert screen.end() == 0
    assert told(screen.text) == (
        "── turn 1 ── Slow\n"
        "begun\n"
        "ended\n"
        "SHORT is ready (1 file)\n"
        "  git phc diff SHORT      see what changed\n"
        '  git phc send SHORT "…"  go on\n'
        "  git phc done SHORT      finish\n"
    )


@pytest.mark.slow
def test_ctrl_c_ends_what_only_looks(repo: Path, phc: Phc) -> None:
    assert phc("start", "-d", "-q", "Slow", *SLOW, cwd=repo).code == 0
    with Screen(["logs", "-f", "-"], repo) as screen:
        screen.wait_for("begun\n")
        screen.type(CTRL_C)
        assert screen.end() == 130
    assert screen.text == "── turn 1 ── Slow\nbegun\n^C"
    words = 'echo soon; exec "$0" -m git_phc wait -'
    with Screen(["sh", "-c", words, sys.executable], repo) as screen:
        screen.wait_for("soon")
        assert screen.end_by(CTRL_C) == 130
    with Screen(["status", "-w"], repo, {"NO_COLOR": None}) as screen:
        screen.wait_for("running")
        (place_of(phc, repo) / "go").touch()
        screen.wait_for("ready")
        screen.type(CTRL_C)
        assert screen.end() == 130
    drawings = screen.text.split("\x1b[H")
    assert drawings[0] == "\x1b[2J"
    assert all(each.count("\x1b[K\n") == 1 for each in drawings[1:])
    assert "\x1b[32m\x1b[1m●\x1b[0m " in drawings[-1]


def editor(folder: Path, body: str) -> str:
    """A program that does `body` to the file that it is given, as an editor."""
    program = folder / "an editor"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return f"'{program}'"


@pytest.mark.slow
def test_the_editor_is_asked_for_the_prompt(repo: Path, phc: Phc, git: RunGit) -> None:
    started = phc("start", "-q", "Cat", "--", "cat", cwd=repo)
    write = (
        'grep -q "Say above" "$1" && printf "# Heading\\n\\nFrom the editor\\n" | cat - "$1" > x'
    )
    git(repo, "config", "core.editor", editor(repo.parent, f'{write} && mv x "$1"'))
    with Screen(["send", "-"], repo, {"EDITOR": "false"}) as screen:
        assert screen.end() == 0
    assert "── turn 2 ── # Heading From the editor\n# Heading\n\nFrom the editor\n" in screen.text
    assert started.out.strip()[:8] in screen.text
    assert list((repo / ".git" / "phc").glob("prompt-*")) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("true", "git phc: the text was empty, so nothing was done.\nGive it as TEXT, or by -F.\n"),
        (
            "exit 1",
            (
                "git phc: the editor ended with an error: EDITOR.\n"
                "Choose one: git config core.editor NAME\n"
            ),
        ),
    ],
)
def test_an_editor_that_gives_nothing(body: str, text: str, make: Maker, repo: Path) -> None:
    task, program = make("One"), editor(repo.parent, body)
    with Screen(["send", task.id], repo, {"VISUAL": program}) as screen:
        assert screen.end() == 1
    assert screen.text.replace(program, "EDITOR") == text
    assert list((repo / ".git" / "phc").glob("prompt-*")) == []


def test_what_was_written_is_kept_when_it_is_refused(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Gone", "deleted")
    program = editor(repo.parent, 'echo precious > "$1"')
    with Screen(["send", task.id], repo, {"GIT_EDITOR": program}) as screen:
        assert screen.end() == 1
    (kept,) = (repo / ".git" / "phc").glob("prompt-*")
    assert told(screen.text) == (
        f"What you wrote is kept; give it again by: -F '{kept}'\n"
        "git phc: this task is deleted.\n"
        "Bring it back: git phc undo SHORT\n"
    )
    assert kept.read_text() == "precious\n"


def test_nobody_writes_for_a_start_that_cannot_be(repo: Path) -> None:
    program = editor(repo.parent, 'echo opened > "$1"')
    with Screen(["start"], repo, {"EDITOR": program}) as screen:
        assert screen.end() == 1
    assert screen.text.startswith("git phc: no agent was named, none is set, and none is")


def test_the_pager_is_the_one_of_git(make: Maker, repo: Path, git: RunGit) -> None:
    task = make("One")
    git(repo, "config", "core.pager", "sed s/^/paged:/")
    for words in (["show", task.id], ["status"], ["diff", task.id], ["logs", task.id]):
        with Screen(words, repo, {"GIT_PAGER": None, "PAGER": "false"}) as screen:
            assert screen.end() == 0
        assert all(line.startswith("paged:") for line in screen.text.splitlines())
    with Screen(["show", task.id], repo, {"GIT_PAGER": "head -1"}) as screen:
        assert screen.end() == 0
    assert screen.text == f"{task.id[:8]}  One\n"
    with Screen(["sh", "-c", "$0 show - | cat", "git-phc"], repo) as screen:
        screen.end()
    assert "paged:" not in screen.text


def test_a_reader_that_leaves_the_pager_early(repo: Path, phc: Phc) -> None:
    words = ("start", "-q", "Count", "--", "seq", "200000")
    assert phc(*words, cwd=repo).code == 0
    with Screen(["logs", "-"], repo, {"GIT_PAGER": "head -2"}) as screen:
        assert screen.end() == 0
    assert screen.text == "── turn 1 ── Count\n1\n"


def test_open_is_a_shell_in_the_workspace(hello: str, repo: Path) -> None:
    with Screen(["open", hello], repo, {"PS1": "$ "}) as screen:
        screen.wait_for("leave it with: exit\n")
        screen.type("ls; echo $((20 + 3))\nexit 5\n")
        assert screen.end() == 0
    assert "hello.txt" in screen.text
    assert "23" in screen.text
