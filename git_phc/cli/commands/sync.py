"""`git phc sync`: pulls, then pushes."""

from __future__ import annotations

import click

from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.exchanges import Agreeing, remote, show_outcomes, sure
from git_phc.cli.options import as_json
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.remotes import choose_remote
from git_phc.services.sync import go_on, sync


@click.command("sync", cls=Command)
@remote
@as_json
@sure
@pass_terminal
def command(terminal: Terminal, *, remote: str | None, yes: bool, as_json: bool) -> int:
    """Bring what is new of the tasks there, and send what is new of the shared tasks here.

    What was changed on both sides is joined, and neither change is lost. A task of this clone's
    that waited, and was answered elsewhere by somebody who is trusted here, goes on.
    """
    context = terminal.context
    name = choose_remote(context, remote)
    outcomes = sync(context, name, Agreeing(terminal, yes=yes))
    code = show_outcomes(
        terminal, name, outcomes, as_json=as_json, nothing="All is the same here and there."
    )
    go_on(context, outcomes, lambda words: say(terminal, words))
    return code
