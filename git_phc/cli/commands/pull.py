"""`git phc pull`: brings the tasks of others."""

from __future__ import annotations

import click

from git_phc.cli.command import Command
from git_phc.cli.exchanges import remote, show_outcomes
from git_phc.cli.options import as_json, yes
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.pull import pull
from git_phc.services.remotes import choose_remote


@click.command("pull", cls=Command)
@click.argument("words", metavar="[TASK]…", nargs=-1)
@remote
@as_json
@yes
@pass_terminal
def command(
    terminal: Terminal, /, *, words: tuple[str, ...], remote: str | None, as_json: bool
) -> int:
    """Bring the tasks that others have shared, and the news of those that are here; or of each
    TASK alone. Every change is checked before it is taken over.

    What was said in their runs, and their checkpoints, come when they are needed.
    """
    context = terminal.context
    name = choose_remote(context, remote)
    outcomes = pull(context, name, words)
    return show_outcomes(terminal, name, outcomes, as_json=as_json, nothing="Nothing is new.")
