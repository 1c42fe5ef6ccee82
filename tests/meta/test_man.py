"""The man pages are those of the commands, are sound roff, and come with the wheel."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click
import pytest

from contrib.make_man import FOLDER, pages
from git_phc import __version__
from git_phc.cli.app import GROUPS
from tests.cli.screen import Screen
from tests.kit import ROOT, MakeRepo, require, run_program


@click.group()
def sample() -> None:
    """A group to try the writer on."""


@sample.command()
@click.argument("text", required=False)
@click.option("--mode", "-m", type=click.Choice(["a-b", "c"]), help="Where; see `git help`.")
@click.option("--secret", hidden=True)
def start(**_words: str) -> None:
    """Makes a task.

    \b
    'quoted'
      back\\slash

    .a line that begins with a dot…
    """


@sample.group()
def env() -> None:
    """Environments."""


@env.command(name="list")
def env_list() -> None:
    """Lists them."""


@sample.command(hidden=True)
def hook() -> None:
    """Not shown."""


def test_each_command_has_a_page_with_its_options() -> None:
    groups = {"Work": {"start": "Make a -task"}, "More": {"env": "Environments"}}
    made = pages(sample, groups, "1.2.3")
    assert list(made) == ["git-phc.1", "git-phc-start.1", "git-phc-env.1"]
    assert made["git-phc-start.1"].partition(".TH ")[2].partition(".SH SEE ALSO")[0] == (
        'GIT\\-PHC\\-START 1 "" "git phc 1.2.3" "Git Phc Manual"\n'
        ".SH NAME\ngit\\-phc\\-start \\- Make a \\-task\n"
        ".SH SYNOPSIS\n.B git phc start\n[OPTIONS] [TEXT]\n"
        ".SH DESCRIPTION\nMakes a task.\n"
        ".PP\n.nf\n\\&'quoted'\n  back\\eslash\n.fi\n"
        ".PP\n\\&.a line that begins with a dot\\[u2026]\n"
        ".SH OPTIONS\n.TP\n.B \\-m, \\-\\-mode [a\\-b|c]\nWhere; see \\fBgit help\\fR.\n"
    )
    assert ".SH COMMANDS\n.SS git phc env list\n" in made["git-phc-env.1"]
    assert '"git phc 1.2.3"' in made["git-phc.1"]
    assert made["git-phc.1"].partition(".SH COMMANDS\n")[2].partition(".SH OUTPUT")[0] == (
        ".SS Work\n.TP\n.BR git\\-phc\\-start (1)\nMake a \\-task\n"
        ".SS More\n.TP\n.BR git\\-phc\\-env (1)\nEnvironments\n"
    )


def test_the_pages_are_those_of_the_commands() -> None:
    app = importlib.import_module("git_phc.cli.app").app
    found = {page.name: page.read_text(encoding="utf-8") for page in FOLDER.iterdir()}
    assert found == pages(app, GROUPS, __version__), (
        "the commands' help has changed; write the pages anew: python contrib/make_man.py"
    )


def test_the_pages_are_sound() -> None:
    require("groff")
    seen = run_program(["groff", "-man", "-Tutf8", "-ww", "-z", *sorted(FOLDER.iterdir())])
    assert (seen.code, seen.out, seen.err) == (0, "", "")


@pytest.mark.slow
def test_the_wheel_brings_the_pages_to_git_help(tmp_path: Path, make_repo: MakeRepo) -> None:
    require("man")
    build = ["-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = run_program([sys.executable, *build], cwd=ROOT)
    assert built.code == 0, built.err
    (wheel,) = tmp_path.glob("*.whl")
    prefix = tmp_path / "prefix"
    install = ["-m", "pip", "install", "-q", "--no-deps", "--ignore-installed"]
    put = run_program([sys.executable, *install, "--prefix", prefix, wheel], cwd=tmp_path)
    assert put.code == 0, put.err
    path = os.pathsep.join([str(prefix / "bin"), os.environ["PATH"]])
    help_ = run_program(["git", "phc", "--help"], env={"PATH": path, "MANPAGER": "cat"})
    assert help_.code == 0, help_.err
    assert "NAME git-phc - coding agents' tasks" in " ".join(help_.out.split())
    assert len(list(prefix.rglob("git_phc/py.typed"))) == 1
    assert len(list(prefix.rglob("git_phc/cli/report/style.css"))) == 1
    assert len(list(prefix.rglob("git_phc/hooks/shim"))) == 1  # what `hooks install` puts there
    with Screen(["start", "--help"], make_repo(), {"PATH": path, "MANPAGER": "cat"}) as screen:
        assert screen.end() == 0
    assert "git-phc-start - Make a task and start it" in " ".join(screen.text.split())
    with Screen(["env", "list", "-h"], tmp_path, {"PATH": path, "MANPAGER": "cat"}) as screen:
        assert screen.end() == 0
    assert screen.text.startswith("Usage: git phc env list")
