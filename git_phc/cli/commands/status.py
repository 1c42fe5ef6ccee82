"""`git phc status`: one line a task, what waits for you first; or one task in full."""

from __future__ import annotations

from collections.abc import Sequence

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import FAILED, complain
from git_phc.cli.listing import footer, lines
from git_phc.cli.options import as_json, quiet
from git_phc.cli.programs import paged
from git_phc.cli.ringing import Bells
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.cli.watching import repeat
from git_phc.errors import UsageError
from git_phc.git.config import identity
from git_phc.services.overview import URGENCY, Filter, Overview, overview


@click.command("status", cls=Command)
@click.argument("word", metavar="[TASK]", required=False)
@click.option("-a", "--all", "everything", is_flag=True, help="Show done and archived ones too.")
@click.option("--deleted", is_flag=True, help="Show the deleted ones, and no others.")
@click.option("--mine", is_flag=True, help="Show those that are assigned to you, or yours.")
@click.option(
    "--status", "statuses", multiple=True, type=click.Choice(URGENCY), metavar="STATUS",
    help=f"Show those of this status: {', '.join(URGENCY)}.",
)  # fmt: skip
@click.option(
    "-l", "--label", "labels", multiple=True, metavar="LABEL", help="Show those with this label."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Show at most N of them.")
@click.option("-w", "--watch", is_flag=True, help="Show them again each second, until Ctrl-C.")
@as_json
@quiet
@pass_terminal
def command(
    terminal: Terminal,
    *,
    word: str | None,
    everything: bool,
    deleted: bool,
    mine: bool,
    statuses: Sequence[str],
    labels: Sequence[str],
    limit: int | None,
    watch: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Show the tasks, one a line, what waits for you first; with TASK show that one in full.

    Tasks that are done, archived or deleted are not listed, but counted below.
    """
    if watch and (word or as_json or quiet):
        raise UsageError("--watch shows the list, and nothing else", "See: git phc status -h")
    if word is not None:
        from git_phc.cli.one import show_task

        show_task(terminal, word, as_json=as_json, quiet=quiet)
        return 0
    person = identity(terminal.context.repo).email if mine else None
    wanted = Filter(everything, deleted, person, statuses, labels)
    if watch:
        bells = Bells(terminal)
        return repeat(terminal, lambda: _look(terminal, wanted, limit, bells))
    found = overview(terminal.context, wanted)
    if as_json:
        _document(terminal, found, limit)
    elif quiet:
        for row in found.rows[:limit]:
            render.line(terminal, row.task.id)
    else:
        with paged(terminal):
            _show(terminal, found, limit)
    return _complain(terminal, found)


def _look(terminal: Terminal, wanted: Filter, limit: int | None, bells: Bells) -> None:
    found = overview(terminal.context, wanted)
    bells.look((row.task, row.status) for row in found.rows)
    _show(terminal, found, limit)
    _complain(terminal, found)


def _document(terminal: Terminal, found: Overview, limit: int | None) -> None:
    from git_phc.services.describe import describe

    tasks = [describe(terminal.context, row.task) for row in found.rows[:limit]]
    render.document(terminal, {"tasks": tasks})


def _show(terminal: Terminal, found: Overview, limit: int | None) -> None:
    for line in [*lines(terminal, found.rows[:limit]), *footer(terminal, found, limit)]:
        render.line(terminal, line)


def _complain(terminal: Terminal, found: Overview) -> int:
    for damage in found.damaged:
        complain(terminal, damage)
    return FAILED if found.damaged else 0
