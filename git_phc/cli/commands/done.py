"""`git phc done`: marks tasks finished."""

from __future__ import annotations

import click

from git_phc.cli.answers import show_tasks
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, many_tasks, quiet, yes
from git_phc.cli.summary import ended_lines, with_trouble
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.end import finish
from git_phc.services.find import find


@click.command("done", cls=Command)
@many_tasks
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Mark each TASK finished: its work is kept, its worktree removed. Commits nothing.

    Its branch stays, unless all of it is merged. To take it back: git phc undo TASK
    """
    context = terminal.context
    tasks = [find(context, word) for word in words]
    ended = (with_trouble(terminal, finish(context, task)) for task in tasks)
    answers = ((one.task, ended_lines(one, "done")) for one in ended)
    show_tasks(terminal, answers, as_json=as_json, quiet=quiet)
