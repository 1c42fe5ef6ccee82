"""`git phc path`: where a task has its workspace."""

from __future__ import annotations

import os

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, one_task
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.place import require_place


@click.command("path", cls=Command)
@one_task
@as_json
@pass_terminal
def command(terminal: Terminal, *, word: str, as_json: bool) -> None:
    """Print the path of the task's workspace: cd "$(git phc path TASK)"."""
    task = find(terminal.context, word)
    place = os.fspath(require_place(terminal.context, task))
    if as_json:
        render.document(terminal, {"id": task.id, "path": place})
    else:
        render.line(terminal, place)
