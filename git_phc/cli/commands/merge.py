"""`git phc merge`: merges a task's work into the branch here."""

from __future__ import annotations

from collections.abc import Iterator

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json, one_task, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.summary import ended_lines, with_trouble
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import UsageError
from git_phc.services.describe import describe
from git_phc.services.find import find
from git_phc.services.merge import Landed, merge

HOW = {
    "ff": "fast-forward",
    "merge": "a merge commit",
    "squash": "one commit",
    "rebase": "its commits on top",
}


@click.command("merge", cls=Command)
@one_task
@click.option("--ff", is_flag=True, help="Fast-forward, else a merge commit (the default).")
@click.option("--squash", is_flag=True, help="Make one commit of all of it.")
@click.option("--rebase", is_flag=True, help="Put its commits on top, one by one.")
@as_json
@quiet
@yes
@pass_terminal
def command(
    terminal: Terminal,
    *,
    word: str,
    ff: bool,
    squash: bool,
    rebase: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Merge what TASK has done into the branch you are on; then it is done.

    What it has not committed is committed first. Conflicts are told before anything moves, and
    your hooks and signing hold. To take it back: git phc undo TASK
    """
    ways = [name for name, on in (("ff", ff), ("squash", squash), ("rebase", rebase)) if on]
    if len(ways) > 1:
        raise UsageError("--ff, --squash and --rebase exclude each other", "Choose one")
    task = find(terminal.context, word)
    landed = merge(terminal.context, task, ways[0] if ways else None)
    with_trouble(terminal, landed.ended)
    if landed.hook is not None:
        say(terminal, f"the repository's post-merge hook failed: {one_line(landed.hook)}")
    if as_json:
        render.document(terminal, describe(terminal.context, landed.ended.task))
    elif quiet:
        render.line(terminal, task.id)
    else:
        for line in _lines(landed):
            render.line(terminal, line)


def _lines(landed: Landed) -> Iterator[str]:
    branch = one_line(landed.branch)
    if landed.how is None:
        yield f"All of it is on {branch} already"
    else:
        yield f"Merged into {branch}: {HOW.get(landed.how, landed.how)}"
    yield from ended_lines(landed.ended, "done")
