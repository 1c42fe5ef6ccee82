"""`git phc undo`: takes back the last done, delete, archive, rewind or merge."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.summary import status_word
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.describe import describe
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.end import Undone, undo
from git_phc.services.find import find
from git_phc.services.seen import seen_status


@click.command("undo", cls=Command)
@click.argument("word", metavar="[TASK]", required=False)
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, word: str | None, as_json: bool, quiet: bool) -> None:
    """Take back this clone's last done, delete, archive, rewind or merge. Of a TASK that is named
    the last done, delete or archive counts whoever did it.

    Its workspace comes back as it was: files, index, and what was not committed.
    """
    undone = undo(terminal.context, find(terminal.context, word) if word else None)
    if as_json:
        render.document(terminal, describe(terminal.context, undone.task))
    elif quiet:
        render.line(terminal, undone.task.id)
    else:
        _tell(terminal, undone)


def _tell(terminal: Terminal, undone: Undone) -> None:
    task = undone.task
    status = status_word(terminal, seen_status(terminal.context, task))
    render.line(
        terminal,
        f"Took back {undone.verb}: {task.id.short} is {status} again: {one_line(task.title)}",
    )
    if undone.restored:
        render.line(terminal, f"  its workspace is back in {one_line(str(undone.restored))}")
    elif task.run and is_elsewhere(terminal.context, task):
        host, short = one_line(str(task.run.claim.get("host"))), task.id.short
        render.line(terminal, f"  it rests on {host}; to take it over: git phc pick {short}")
