"""The program as a whole: help, versions, and words that are no command."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc import __version__
from git_phc.cli.app import COMMANDS, GROUPS
from tests.kit import Installed, MakeRepo, Phc

HELP = """\
Usage: git phc [OPTIONS] [COMMAND] [ARGS]...

  Give coding agents tasks, kept as refs in this Git repository.

  A TASK is an id or the beginning of one, its branch, a path in its worktree,
  @ (the task of the checkout you stand in) or - (the one named before).

Options:
  --version   Show the version.
  -h, --help  Show this.

Give work, and steer it:
  start        Make a task and start it
  attach       Follow its run, from the beginning
"""


def test_help(tmp_path: Path, phc: Phc) -> None:
    shown = phc("-h")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(HELP)
    assert phc("--help") == shown
    nothing = phc()
    assert (nothing.code, nothing.out, nothing.err) == (2, "", shown.out)


def test_a_line_of_help_is_never_cut(phc: Phc) -> None:
    shown, wide = phc("-h").lines, max(map(len, COMMANDS))
    for group in GROUPS.values():
        for name, text in group.items():
            assert len(text) <= 80 - wide - 4
            assert f"  {name.ljust(wide)}  {text}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_help_goes_where_the_answer_goes(name: str, phc: Phc) -> None:
    shown = phc(name, "-h")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"Usage: git phc {name} ")
    assert "..." not in shown.out


def test_version(phc: Phc, tmp_path: Path) -> None:
    shown = phc("--version")
    assert (shown.code, shown.out, shown.err) == (0, f"git-phc {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (("stat",), "there is no command 'stat'.\nDid you mean status? See: git phc -h\n"),
        (("strat",), "there is no command 'strat'.\nDid you mean start? See: git phc -h\n"),
        (("xyz", "-q"), "there is no command 'xyz'.\nSee: git phc -h\n"),
        (("../x",), "there is no command '../x'.\nSee: git phc -h\n"),
        (("--colour",), "no such option '--colour'.\nSee: git phc -h\n"),
        (("show",), "missing argument 'TASK'.\nSee: git phc show -h\n"),
        (
            ("status", "--al"),
            "no such option '--al'.\nDid you mean --all? See: git phc status -h\n",
        ),
    ],
)
def test_words_that_are_none_of_ours(words: tuple[str, ...], err: str, phc: Phc) -> None:
    refused = phc(*words)
    assert (refused.code, refused.out, refused.err) == (2, "", f"git phc: {err}")


@pytest.mark.parametrize("command", ["status", "config", "agents", "doctor", "undo", "show"])
def test_not_a_repository(command: str, tmp_path: Path, phc: Phc) -> None:
    more = ("x",) if command == "show" else ()
    refused = phc(command, *more)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == f"git phc: {tmp_path} is not in a Git repository.\nMake one: git init\n"


@pytest.mark.parametrize(
    ("words", "of"),
    [
        (["rewind", "-", "--to"], "rewind"),
        (["status", "--limit"], "status"),
        (["env", "new", "x", "--setup"], "env new"),
    ],
)
def test_an_option_without_its_value_names_the_command(
    words: list[str], of: str, tmp_path: Path, phc: Phc
) -> None:
    refused = phc(*words)
    assert (refused.code, refused.err) == (
        2,
        f"git phc: option '{words[-1]}' requires an argument.\nSee: git phc {of} -h\n",
    )


def test_a_folder_that_is_gone(tmp_path: Path, phc: Phc) -> None:
    refused = phc("status", cwd=tmp_path / "gone")
    assert refused.code == 1
    assert refused.err == (
        f"git phc: the folder {tmp_path}/gone does not exist.\n"
        "If you stand in it, cd to one that exists; else look at: git phc doctor\n"
    )


def test_git_dir_and_work_tree(make_repo: MakeRepo, tmp_path: Path, phc: Phc) -> None:
    repo = make_repo()
    env = {"GIT_DIR": str(repo / ".git"), "GIT_WORK_TREE": str(repo)}
    shown = phc("status", cwd=tmp_path, env=env)
    assert (shown.code, shown.out) == (0, 'No tasks yet. Start one: git phc start "…"\n')


@pytest.mark.e2e
def test_a_program_on_path_is_a_command(tmp_path: Path, installed: Installed) -> None:
    program = tmp_path / "bin" / "git-phc-foo-bar"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\nexit 7\n')
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:/usr/bin:/bin"}
    ran = installed("foo-bar", "-h", "--x=1", "a b", "--", "-q", env=env)
    assert (ran.code, ran.out, ran.err) == (7, "-h|--x=1|a b|--|-q|", "")
