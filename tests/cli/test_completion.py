"""What the tab key offers: asked of the program, and pressed in real shells."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from git_phc.cli.app import COMMANDS, app
from git_phc.cli.completion.answer import MANY, TASKS, answer
from tests.cli.making import Maker
from tests.cli.shells import COMPLETIONS, LOAD, TAB, Shell
from tests.kit import Installed, Phc, RunGit, require, unavailable

# What a title may be: control characters are in none.
HOSTILE = "$(touch OWNED) `touch OWNED` %F{red} ; red : 'q\" ${x} *"


def offered(repo: Path, *words: str, shell: str = "zsh") -> list[str]:
    return answer(repo, os.environ, shell, words).splitlines()


def test_tasks_come_by_id_and_title(make: Maker, repo: Path) -> None:
    one = make("The first", "ready")
    two = make(HOSTILE, "running")
    done = make("Over", "done")
    rows = [f"{two.id[:8]}\trunning: {HOSTILE}", f"{one.id[:8]}\tready: The first"]
    assert sorted(offered(repo, "show", "")) == sorted(rows)
    assert offered(repo, "show", one.id[:5]) == [rows[1]]
    assert offered(repo, "show", one.id[:12]) == [f"{one.id}\tready: The first"]
    assert offered(repo, "show", done.id[:8]) == [f"{done.id[:8]}\tdone: Over"]
    assert offered(repo, "logs", "--tail", "3", one.id[:5]) == [rows[1]]
    assert offered(repo, "stop", "") == [rows[0]]
    assert offered(repo, "unarchive", "") == []
    assert offered(repo, "show", one.id, "") == []


def test_words_of_all_kinds(repo: Path, git: RunGit) -> None:
    git(repo, "branch", "topic")
    git(repo, "branch", "$(touch${IFS}OWNED)")  # a name that git takes, and no shell should

    def words(*typed: str) -> list[str]:
        return [line.partition("\t")[0] for line in offered(repo, *typed)]

    assert words("sta") == ["start", "status"]
    assert words("nothing", "") == []
    assert words("start", "--mo") == ["--mode", "--model"]
    assert words("start", "--mode", "") == ["local", "worktree", "cloud"]
    assert words("start", "--mode=w") == ["--mode=worktree"]
    assert words("start", "--base", "") == ["main", "topic"]
    assert words("start", "-F", "") == [":files"]
    assert words("start", "x", "--", "") == [":files"]
    assert "claude" in words("start", "-a", "cl")
    assert words("env", "che") == ["check"]
    assert words("hooks", "") == ["install", "uninstall", "status"]
    assert "--json" in words("env", "list", "--")
    assert [
        line.partition("\t")[0] for line in offered(repo, "start", "--mode=w", shell="bash")
    ] == ["worktree"]


@pytest.mark.e2e
def test_the_program_itself(make: Maker, repo: Path, tmp_path: Path, installed: Installed) -> None:
    one = make("The first", "ready")
    done = installed("__complete", "fish", "show", "", cwd=repo)
    assert (done.code, done.out, done.err) == (0, f"{one.id[:8]}\tready: The first\n", "")
    outside = installed("__complete", "fish", "show", "", cwd=tmp_path)
    assert (outside.code, outside.out, outside.err) == (1, "", "")


def test_which_commands_take_tasks() -> None:
    found = {}
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        taken = [p.nargs for p in arguments if "TASK" in str(p.metavar)]
        if taken:
            found[name] = MANY if -1 in taken else sum(taken)
    assert TASKS.items() <= found.items()  # one that is missing there is only slower


def test_a_script_is_printed(phc: Phc) -> None:
    for shell in LOAD:
        shown = phc("completion", shell)
        assert (shown.code, shown.err) == (0, "")
        assert "__complete" in shown.out
    assert phc("completion", "tcsh").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("shell", LOAD)
@pytest.mark.parametrize("program", ["git phc", "git-phc", "git -C repo phc"])
def test_in_a_real_shell(shell: str, program: str, make: Maker, repo: Path, tmp_path: Path) -> None:
    require("tmux", shell)
    if shell == "bash" and not COMPLETIONS.exists():
        unavailable("needs the package bash-completion")
    one, two = make(HOSTILE, "ready"), make("Another", "ready")
    with Shell(shell, repo.parent if "-C" in program else repo, tmp_path) as at:
        at.type(f"{program} checkp", TAB)
        at.shows(f"{program} checkpoints")
        at.type(one.id[:5], TAB)
        at.shows(f"{program} checkpoints {one.id[:8]}")
        at.abandon()
        at.type(f"{program} show ", TAB)
        if shell != "zsh":  # it lists at the first press
            at.type("", TAB)
        screen = at.shows(one.id[:8], two.id[:8], "ready: Another")
        assert f"ready: {HOSTILE}" in screen
        at.abandon()
        at.type(f"{program} start --mode=wo", TAB)
        at.shows(f"{program} start --mode=worktree")
        at.abandon()
        at.type(f"{program} start -F REA", TAB)
        at.shows("README.md") if "-C" not in program else None
        at.abandon()
    assert not list(tmp_path.rglob("OWNED"))
