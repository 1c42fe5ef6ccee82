"""The Command Center in a real terminal, tmux: typed to and read; and hostile words."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.screen import Screen
from tests.e2e.stage import until
from tests.kit import ROOT, Phc, RunGit, require, run_program

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
WAIT = "while [ ! -e go ]; do sleep 0.05; done"


class Tmux:
    """A server of its own with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"

    def __call__(self, *words: str) -> str:
        seen = run_program(["tmux", "-S", self._socket, "-f", "/dev/null", *words])
        assert seen.code == 0, seen
        return seen.out

    def open(self, cwd: Path, *words: str) -> None:
        program = shlex.join([sys.executable, "-m", "git_phc", *words])
        shell = f"trap : INT; {program}; cat"  # Ctrl-C is for the program, and not for the window
        self("-u", "new-session", "-d", "-x", "120", "-y", "30", "-c", str(cwd), shell)

    def type(self, *keys: str) -> None:
        self("send-keys", *keys)

    def wait_for(self, pattern: str) -> str:
        """Waits until the pattern is on the screen; the screen."""
        until(lambda: re.search(pattern, self("capture-pane", "-p")), what=f"no {pattern}")
        return self("capture-pane", "-p")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    require("tmux")
    server = Tmux(tmp_path)
    yield server
    server("kill-server")


def test_it_is_typed_to_and_read_in_tmux(tmux: Tmux, repo: Path, phc: Phc) -> None:
    words = f"echo begun; {WAIT}; echo ended"
    assert phc("start", "-dq", "Slow", "--", "sh", "-c", words, cwd=repo).code == 0
    place = Path(phc("path", "-", cwd=repo).out.strip())
    tmux.open(repo, "center")
    screen = tmux.wait_for(r"running · (.|\n)*begun")
    assert "┏━ 1 ▶ Slow ━" in screen
    tmux.type("Enter")
    tmux.wait_for(r"── turn 1 ── Slow\nbegun\n\n")  # the plain terminal
    tmux.type("C-c")
    tmux.wait_for("┏━ 1 ▶ Slow ━")
    tmux.type("Enter")
    tmux.wait_for(r"── turn 1 ── Slow\nbegun\n\n")
    (place / "go").touch()
    tmux.wait_for(r"ended\n(.|\n)*Enter goes back to the center")
    tmux.type("Enter")
    tmux.wait_for("ready · ")
    tmux("resize-window", "-x", "80", "-y", "24")
    tmux.wait_for("n new  Enter attach")
    tmux.type("q")
    until(lambda: "┏━" not in tmux("capture-pane", "-p"))


def test_nothing_that_a_task_says_reaches_the_terminal(repo: Path, phc: Phc) -> None:
    hostile = r"printf '\033]0;owned\007\033[2J\033[31mred\233 7m\033P1$x\033\\ \017 end\n'"
    title = "Bad \x1b]0;owned\x07\x1b[2J\u202etitle [bold]not[/] $(x)"
    assert phc("start", "-q", title, "--", "sh", "-c", hostile, cwd=repo).code == 0
    env = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    with Screen(["center"], repo, env) as screen:
        screen.wait_for("ready")
        screen.wait_for("end ")
        screen.type("\t")
        screen.wait_for("nothing yet")
        screen.type("q")
        assert screen.end() == 0
    assert "[bold]not[/]" in screen.text
    assert "\x1b[31mred" not in screen.text
    for bad in ("\x1b]0;", "\x1bP1", "\x9b", "\x0f", "\u202e"):
        assert bad not in screen.text, bad


def test_without_colour_there_is_none(repo: Path, phc: Phc) -> None:
    assert phc("start", "-q", "Plain", "--", "echo", "said", cwd=repo).code == 0
    env = {"TERM": "xterm-256color", "LC_ALL": None, "LANG": "C", "NO_COLOR": "1"}
    with Screen(["center"], repo, env) as screen:
        screen.wait_for("said")
        screen.type("q")
        assert screen.end() == 0
    colours = re.findall(r"\x1b\[[\d;]*m", screen.text)
    codes = {code for each in colours for code in each[2:-1].split(";")}
    assert codes <= {"", "0", "1", "2", "3", "7", "39", "49"}
    assert re.sub(r"\x1b\[[^m]*m", "", screen.text).isascii()


def test_a_killed_center_leaves_all_tasks_as_they_are(repo: Path, phc: Phc, git: RunGit) -> None:
    words = f"echo begun; {WAIT}; echo ended"
    assert phc("start", "-dq", "Slow", "--", "sh", "-c", words, cwd=repo).code == 0
    place = Path(phc("path", "-", cwd=repo).out.strip())
    with Screen(["center"], repo, {"TERM": "xterm-256color"}) as screen:
        screen.wait_for("begun")
        before = git(repo, "for-each-ref")
    assert git(repo, "for-each-ref") == before
    assert "running" in phc("status", cwd=repo).out
    (place / "go").touch()
    assert phc("wait", "-", cwd=repo).code == 0


FAULTY = """
from git_phc.__main__ import main
from git_phc.center.app import Center

def fail(center):
    raise RuntimeError("the help is broken")

Center.action_help = fail
main()
"""


def test_a_center_that_meets_a_defect_says_so_and_changes_nothing(
    repo: Path, phc: Phc, git: RunGit, tmp_path: Path
) -> None:
    """Its screen goes first, so that what it says can be read."""
    assert phc("start", "-q", "Quiet", "--", "echo", "said", cwd=repo).code == 0
    (tmp_path / "faulty.py").write_text(FAULTY)
    before = git(repo, "for-each-ref")
    words = ["sh", "-c", shlex.join([sys.executable, str(tmp_path / "faulty.py"), "center"])]
    with Screen(words, repo, {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}) as screen:
        screen.wait_for("said")
        screen.type("?")
        assert screen.end() == 1
    _, left, last = screen.text.rpartition("\x1b[?1049l")
    assert left
    assert "a defect in this program, RuntimeError: the help is broken" in last
    assert "Traceback" not in screen.text
    assert git(repo, "for-each-ref") == before
    assert phc("status", cwd=repo).code == 0


def test_it_needs_a_terminal(repo: Path, phc: Phc) -> None:
    refused = phc("center", cwd=repo)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == ("git phc: the center needs a terminal.\nWithout one: git phc status\n")
