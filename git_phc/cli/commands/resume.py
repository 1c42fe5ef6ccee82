"""`git phc resume`: goes on with the same conversation."""

from __future__ import annotations

from functools import partial

import click

from git_phc.cli.command import Command
from git_phc.cli.consent import consenting
from git_phc.cli.diagnostics import say
from git_phc.cli.following import report_run
from git_phc.cli.options import as_json, detach, one_task, quiet, yes
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.talk import resume


@click.command("resume", cls=Command)
@one_task
@detach
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, word: str, detach: bool, as_json: bool, quiet: bool) -> int:
    """Go on with the same conversation; a command is run again.

    Exits with 0 when it ends ready, 6 when it waits for an answer, else 1.
    """
    task = find(terminal.context, word)
    again = partial(resume, terminal.context, task, partial(say, terminal))
    task = consenting(terminal, again)
    return report_run(terminal, task, detach=detach, as_json=as_json, quiet=quiet)
