"""`git phc config`: the settings that count here, and where each was said."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.settings import effective


@click.command("config", cls=Command)
@as_json
@pass_terminal
def command(terminal: Terminal, *, as_json: bool) -> None:
    """Show the settings below phc. that count here, and where each was said.

    To change one, ask git: git config phc.NAME VALUE
    """
    found = effective(terminal.context)
    if as_json:
        listed = [{"key": s.key, "value": s.value, "origin": s.origin} for s in found]
        render.document(terminal, {"settings": listed})
        return
    rows = [[one_line(s.key), one_line(s.value), one_line(s.origin)] for s in found]
    for line in render.table(rows):
        render.line(terminal, line)
