"""`git phc wait`: returns when runs are over."""

from __future__ import annotations

import click

from git_phc.cli.answers import outcome, show_tasks
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, many_tasks, quiet
from git_phc.cli.ringing import ring
from git_phc.cli.summary import sent_or_told, tell_nobodys
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.seen import seen_status
from git_phc.services.wait import exit_code, wait


@click.command("wait", cls=Command)
@many_tasks
@as_json
@quiet
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> int:
    """Wait until no TASK is queued, preparing or running. A task that is handed to a person is
    not waited for.

    Exits with 0 when all are ready or done, 6 when one waits for an answer, else 1.
    """
    context = terminal.context
    tasks = wait(context, [find(context, word) for word in words])
    for task in tasks:
        tell_nobodys(terminal, task)
        ring(terminal, task, seen_status(context, task))
        sent_or_told(terminal, task)
    answers = (outcome(terminal, task) for task in tasks)
    show_tasks(terminal, answers, as_json=as_json, quiet=quiet)
    return exit_code([seen_status(context, task) for task in tasks])
