"""`git phc stop`: ends runs, and keeps the work."""

from __future__ import annotations

import click

from git_phc.cli.answers import outcome, show_tasks
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json, many_tasks, quiet, yes
from git_phc.cli.summary import sent_or_told
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.talk import stop


@click.command("stop", cls=Command)
@many_tasks
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """End the run of each TASK and keep its work; return when it has ended."""
    context = terminal.context
    tasks = [find(context, word) for word in words]
    ended = (stop(context, task, lambda words: say(terminal, words)) for task in tasks)
    answers = (outcome(terminal, sent_or_told(terminal, task)) for task in ended)
    show_tasks(terminal, answers, as_json=as_json, quiet=quiet)
