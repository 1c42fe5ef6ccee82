"""`git phc attach`: follows a run."""

from __future__ import annotations

import click

from git_phc.cli.command import Command
from git_phc.cli.following import report_run
from git_phc.cli.options import as_json, one_task, quiet
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find


@click.command("attach", cls=Command)
@one_task
@as_json
@quiet
@pass_terminal
def command(terminal: Terminal, *, word: str, as_json: bool, quiet: bool) -> int:
    """Follow the task's run, from its beginning. Ctrl-C detaches, and the run goes on.

    Exits with 0 when it ends ready, 6 when it waits for an answer, else 1.
    """
    task = find(terminal.context, word)
    return report_run(terminal, task, as_json=as_json, quiet=quiet, always=True)
