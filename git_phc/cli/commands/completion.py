"""`git phc completion`: the script by which a shell completes our words."""

from __future__ import annotations

from importlib.resources import files

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.terminal import Terminal, pass_terminal

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
@pass_terminal
def command(terminal: Terminal, *, shell: str) -> None:
    """Print the script that lets SHELL (bash, zsh or fish) complete `git phc`: commands,
    options, their values, and tasks by id, with their titles.

        source <(git phc completion bash)

    How to load it always stands at its beginning.
    """
    script = files("git_phc.cli.completion").joinpath(f"git-phc.{shell}").read_bytes()
    render.data(terminal, script)
