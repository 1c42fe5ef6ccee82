"""`git phc pick`: takes a task over."""

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
from git_phc.services.pick import pick


@click.command("pick", cls=Command)
@one_task
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, word: str, as_json: bool, quiet: bool) -> None:
    """Take over a task that was handed to you, or is at rest in another clone: its files, also
    what was not committed, and its conversation. It gets a worktree here.

    Who hands a task off, and sees nobody take it, takes it back by this.
    """
    context = terminal.context
    picked = pick(context, find(context, word), lambda words: say(terminal, words))
    if as_json or quiet:
        show_task(terminal, picked.task.id, as_json=as_json, quiet=quiet)
        return
    short = picked.task.id.short
    render.line(terminal, f"{short} is yours: {one_line(picked.task.title)}")
    render.line(terminal, f"  in {one_line(str(picked.place))}")
    if picked.kept:
        render.line(terminal, f"  what was there is kept: git stash apply {picked.kept[:12]}")
    render.line(terminal, f'  go on: git phc send {short} "…"')
