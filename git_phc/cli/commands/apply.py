"""`git phc apply`: stages a task's changes here."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, one_task, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.summary import counted
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.apply import apply
from git_phc.services.describe import describe
from git_phc.services.find import find


@click.command("apply", cls=Command)
@one_task
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, word: str, as_json: bool, quiet: bool) -> None:
    """Stage what TASK has changed against its base in this checkout. Commits nothing.

    What it has not committed and its untracked files come along. Conflicts are told before
    anything is changed, and your own changes are never overwritten.
    """
    task = find(terminal.context, word)
    files = apply(terminal.context, task)
    if as_json:
        render.document(terminal, describe(terminal.context, task))
    elif quiet:
        render.line(terminal, task.id)
    else:
        render.line(terminal, f"Staged {counted(files, 'file')} of {one_line(task.title)}")
        render.line(terminal, "  see them: git diff --cached")
