"""`git phc fork`: a new task from a point of another one."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.one import show_task
from git_phc.cli.options import as_json, one_task, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.find import find
from git_phc.services.fork import fork


@click.command("fork", cls=Command)
@one_task
@click.option(
    "--at", "number", type=click.IntRange(0), metavar="N",
    help="From checkpoint N; without it from how the task stands now.",
)  # fmt: skip
@as_json
@quiet
@yes
@pass_terminal
def command(
    terminal: Terminal, *, word: str, number: int | None, as_json: bool, quiet: bool
) -> None:
    """Make a new task from a point of TASK: its files in a worktree and on a branch of their
    own, and the conversation until then. TASK itself stays as it is.
    """
    origin = find(terminal.context, word)
    made = fork(terminal.context, origin, number, lambda words: say(terminal, words))
    if as_json or quiet:
        show_task(terminal, made.task.id, as_json=as_json, quiet=quiet)
        return
    short = made.task.id.short
    whence = f"{origin.id.short} at checkpoint {made.number}"
    render.line(terminal, f"{short} begins from {whence}: {one_line(made.task.title)}")
    render.line(terminal, f"  in {one_line(str(made.place))} on {one_line(made.task.branch or '')}")
    say(terminal, f'  git phc send {short} "…"  give it work')
