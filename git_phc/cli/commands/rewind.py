"""`git phc rewind`: takes files and conversation back."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.one import show_task
from git_phc.cli.options import as_json, one_task, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.rewind import rewind


@click.command("rewind", cls=Command)
@one_task
@click.option(
    "--to", "number", type=click.IntRange(0), required=True, metavar="N",
    help="The checkpoint to go back to; 0 is the state before the first turn.",
)  # fmt: skip
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, word: str, number: int, as_json: bool, quiet: bool) -> None:
    """Take a task back to checkpoint N: its files, and what was said since then.

    The state before it is kept, so that undo takes it back. See: git phc checkpoints TASK
    """
    done = rewind(terminal.context, find(terminal.context, word), number)
    if as_json or quiet:
        show_task(terminal, done.task.id, as_json=as_json, quiet=quiet)
        return
    short = done.task.id.short
    render.line(terminal, f"{short} is as at checkpoint {number}: {one_line(done.task.title)}")
    if done.place:
        render.line(terminal, f"  in {one_line(str(done.place))}")
    if done.before is not None:
        render.line(terminal, f"  before it: checkpoint {done.before}; git phc undo {short}")
