"""`git phc delete`: puts a tombstone on tasks."""

from __future__ import annotations

import click

from git_phc.cli.answers import show_tasks
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, many_tasks, quiet, yes
from git_phc.cli.summary import ended_lines, with_trouble
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.end import delete
from git_phc.services.find import find


@click.command("delete", cls=Command)
@many_tasks
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Delete each TASK: its worktree goes, it is no longer shown. Undo brings it back whole."""
    context = terminal.context
    tasks = [find(context, word) for word in words]
    ended = (with_trouble(terminal, delete(context, task)) for task in tasks)
    answers = ((one.task, ended_lines(one, "deleted")) for one in ended)
    show_tasks(terminal, answers, as_json=as_json, quiet=quiet)
