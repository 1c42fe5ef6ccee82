"""`git phc center`: all tasks at once, on the whole screen."""

from __future__ import annotations

import sys

import click

from git_phc.cli.command import Command
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import UsageError


@click.command("center", cls=Command)
@pass_terminal
def command(terminal: Terminal) -> None:
    """Show all tasks at once, each live, in a grid of cells; ? there shows the keys.

    Quitting it ends no run.
    """
    if not (terminal.is_interactive and sys.stderr.isatty()):  # it draws on standard error
        raise UsageError("the center needs a terminal", "Without one: git phc status")
    _ = terminal.context  # a folder without a repository is told before the screen is taken
    from git_phc.center.app import run

    run(terminal)
