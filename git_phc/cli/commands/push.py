"""`git phc push`: shares tasks, and sends what is new of shared ones."""

from __future__ import annotations

import click

from git_phc.cli.command import Command
from git_phc.cli.exchanges import Agreeing, remote, show_outcomes, sure
from git_phc.cli.options import as_json
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find_ids
from git_phc.services.push_whole import push_whole
from git_phc.services.remotes import choose_remote


@click.command("push", cls=Command)
@click.argument("words", metavar="[TASK]…", nargs=-1)
@remote
@as_json
@sure
@pass_terminal
def command(
    terminal: Terminal, /, *, words: tuple[str, ...], remote: str | None, yes: bool, as_json: bool
) -> int:
    """Share each TASK by a remote: the task, what was said in its runs, its checkpoints with the
    commits of its branch. Without TASK: send what is new of the tasks that are shared.

    Nothing is shared that was not named here once, unless phc.share is "all".
    """
    context = terminal.context
    name = choose_remote(context, remote)
    names = find_ids(context, words)
    outcomes = push_whole(context, name, names, agree=Agreeing(terminal, yes=yes))
    return show_outcomes(terminal, name, outcomes, as_json=as_json, nothing="Nothing to push.")
