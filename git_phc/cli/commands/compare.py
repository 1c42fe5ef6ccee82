"""`git phc compare`: attempts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.comparing import lines
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json, many_tasks, quiet
from git_phc.cli.programs import paged
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.model.task import BUSY
from git_phc.services.compare import Compared, compare


@click.command("compare", cls=Command)
@many_tasks
@as_json
@quiet
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Show tasks side by side: how each stands, what it changed, what it took.

    One TASK that is an attempt (start -n) means all attempts at that prompt. Changes and
    commits are as of the last checkpoint; the time is that in which the agent worked.
    """
    found = compare(terminal.context, words)
    if as_json:
        body = [one.data(terminal.context) for one in found]
        render.document(terminal, {"tasks": body})
    elif quiet:
        for one in found:
            render.line(terminal, one.task.id)
    else:
        with paged(terminal):
            for line in lines(terminal, found):
                render.line(terminal, line)
        for line in render.table([(f"  git phc {words}", why) for words, why in _next(found)]):
            say(terminal, line)


def _next(found: Sequence[Compared]) -> Iterator[tuple[str, str]]:
    """What to type next: one is taken, the others are put away."""
    ready = [one.task.id.short for one in found if one.status == "ready"]
    if not ready:
        return
    yield f"diff {ready[0]}", "see what it changed"
    if len(ready) > 1:
        yield f"diff {ready[0]} {ready[1]}", "see how the two differ"
    yield f"merge {ready[0]}", "take it"
    others = [
        one.task.id.short
        for one in found
        if one.status not in ("done", *BUSY) and one.task.id.short != ready[0]
    ]
    if others:
        yield f"done {' '.join(others)}", "put the others away"
