"""`git phc edit`: changes what is said of a task."""

from __future__ import annotations

from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.one import show_task
from git_phc.cli.options import as_json, one_task, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.model.autonomy import AUTONOMIES
from git_phc.services.edit import edit
from git_phc.services.find import find


@click.command("edit", cls=Command)
@one_task
@click.option("--title", help="Give it another title.")
@click.option("--label", "add", multiple=True, metavar="LABEL", help="Put a label on it.")
@click.option("--unlabel", "remove", multiple=True, metavar="LABEL", help="Take a label off.")
@click.option("--assign", "assignee", metavar="EMAIL", help="Say who has it; '' for nobody.")
@click.option("--pin/--unpin", "pinned", default=None, help="Show it before all others, or not.")
@click.option(
    "--autonomy", type=click.Choice(AUTONOMIES), metavar="LEVEL",
    help=f"What the agent may do unasked: {', '.join(AUTONOMIES)}.",
)  # fmt: skip
@click.option("--agent", metavar="NAME", help="Let this agent work on it from the next run on.")
@as_json
@quiet
@yes
@pass_terminal
def command(
    terminal: Terminal,
    /,
    *,
    word: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    **fields: Any,
) -> None:
    """Change a task's title, labels, assignee, pin, autonomy or agent."""
    given = {name: value for name, value in fields.items() if value is not None}
    task = edit(terminal.context, find(terminal.context, word), given, add, remove)
    if as_json or quiet:
        show_task(terminal, task.id, as_json=as_json, quiet=quiet)
        return
    labels = f"  [{one_line(', '.join(task.labels))}]" if task.labels else ""
    render.line(terminal, f"{task.id.short}  {one_line(task.title)}{labels}")
