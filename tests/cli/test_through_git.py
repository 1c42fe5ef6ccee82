"""`git phc`: the program as git finds and starts it, also in tmux."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.cli.told import listed, told
from tests.kit import Outcome, Phc, RunGit, require, run_program

pytestmark = pytest.mark.e2e


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on PATH in which there is `git-phc`."""
    program = tmp_path / "bin" / "git-phc"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m git_phc "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def git_phc(*words: str | Path, cwd: Path) -> Outcome:
    return run_program(["git", *words], cwd=cwd)


@pytest.mark.usefixtures("on_path")
def test_from_anywhere(make: Maker, repo: Path, tmp_path: Path, git: RunGit) -> None:
    make("Fix it")
    line = "● NAME  ready  9d  worktree  command  Fix it\n"
    (repo / "sub").mkdir()
    git(repo, "worktree", "add", "-q", tmp_path / "linked")
    for words, folder in (
        (("-C", repo, "phc", "status"), tmp_path),
        (("-C", "sub", "phc", "status"), repo),
        (("phc", "status"), tmp_path / "linked"),
        (("--git-dir", repo / ".git", "phc", "status"), tmp_path),
        (("--git-dir", repo / ".git", "--work-tree", repo, "phc", "status"), tmp_path),
    ):
        shown = git_phc(*words, cwd=folder)
        assert (shown.code, listed(shown.out), shown.err) == (0, line, ""), words


@pytest.mark.usefixtures("on_path")
def test_its_settings_and_its_exit_codes_pass_through(repo: Path) -> None:
    shown = git_phc("-c", "phc.mode=local", "phc", "config", cwd=repo)
    assert [line.split() for line in shown.lines if "local" in line] == [
        ["phc.mode", "local", "command", "line:"]
    ]
    assert [
        git_phc("phc", *words, cwd=repo).code for words in (("status",), ("status", "nope"))
    ] == [
        0,
        3,
    ]
    assert git_phc("phc", "nope", cwd=repo).code == 2


@pytest.mark.usefixtures("on_path")
def test_an_alias_of_git(make: Maker, repo: Path, git: RunGit) -> None:
    """git gives an alias with ! the repository by GIT_DIR, and its own folder."""
    make("Fix it")
    git(repo, "config", "alias.tasks", "!git phc status")
    (repo / "sub").mkdir()
    shown = git_phc("tasks", cwd=repo / "sub")
    assert (shown.code, listed(shown.out)) == (0, "● NAME  ready  9d  worktree  command  Fix it\n")


class Tmux:
    """A terminal of 80 columns in a server of its own."""

    def __init__(self, cwd: Path) -> None:
        self._server = ["tmux", "-S", str(cwd / "tmux"), "-f", os.devnull]
        run = [*self._server, "new-session", "-d", "-x", "80", "-y", "24", "-c", str(cwd)]
        assert run_program([*run, "env", "TERM=screen", "PS1=$ ", "sh"]).code == 0

    def type(self, *keys: str) -> None:
        assert run_program([*self._server, "send-keys", *keys]).code == 0

    def wait_for(self, text: str) -> str:
        shown, deadline = "", time.monotonic() + 30
        while time.monotonic() < deadline:
            shown = run_program([*self._server, "capture-pane", "-p"]).out
            if text in shown:
                return shown
            time.sleep(0.05)
        pytest.fail(f"{text!r} did not come: {shown}")

    def end(self) -> None:
        run_program([*self._server, "kill-server"])


@pytest.fixture
def tmux(repo: Path, on_path: None) -> Iterator[Tmux]:
    require("tmux")
    made = Tmux(repo)
    yield made
    made.end()


@pytest.mark.slow
def test_ctrl_c_in_tmux_is_one_interruption(tmux: Tmux, repo: Path, phc: Phc) -> None:
    """git and we are one group to the terminal, and git passes the signal on, too."""
    tmux.type("git phc start Slow -- sh -c 'echo begun; sleep 60'", "Enter")
    tmux.wait_for("\nbegun\n")
    tmux.type("C-c")
    tmux.wait_for("\nDetached")
    tmux.type("echo code $?", "Enter")
    shown = told(tmux.wait_for("code 130"))
    assert "\nbegun\n^C\nDetached; the run goes on. Back to it: git phc attach SHORT\n" in shown
    assert "interrupted" not in shown
    assert phc("stop", "-", cwd=repo).code == 0


def test_the_list_fits_the_window(tmux: Tmux, make: Maker) -> None:
    make("Make the parser accept a trailing comma in every list, as the others do, too")
    tmux.type("clear; git phc status; echo end", "Enter")
    lines = tmux.wait_for("\nend\n").splitlines()
    (line,) = [line for line in lines if "Make" in line]
    assert line.endswith("…")
    assert lines[lines.index(line) + 1] == "end"
