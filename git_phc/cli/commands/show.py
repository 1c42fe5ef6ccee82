"""`git phc show`: all of one task."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.one import show_task
from git_phc.cli.options import as_json, one_task, quiet
from git_phc.cli.summary import amount
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import UsageError
from git_phc.services.find import find


@click.command("show", cls=Command)
@one_task
@click.option(
    "--html", "file", metavar="FILE",
    help="Write a page to FILE instead, to share: it has all of it; - is standard output.",
)  # fmt: skip
@as_json
@quiet
@pass_terminal
def command(terminal: Terminal, *, word: str, file: str | None, as_json: bool, quiet: bool) -> None:
    """Show all of one task: how it stands, its messages and commits, who did what when.

    The page of --html stands alone, runs no script and loads nothing. Besides, it has the
    conversation, a timeline and the diff.
    """
    if file is None:
        show_task(terminal, word, as_json=as_json, quiet=quiet, full=True)
    elif as_json or quiet:
        raise UsageError("--html, --json and -q exclude each other", "Choose one")
    else:
        _write(terminal, word, file)


def _write(terminal: Terminal, word: str, file: str) -> None:
    from git_phc.cli.report.file import write_page
    from git_phc.cli.report.page import page
    from git_phc.services.report import report

    made = page(report(terminal.context, find(terminal.context, word)))
    if file == "-":
        render.page(terminal, made)
        return
    path = terminal.cwd / file
    size = write_page(path, made)
    say(terminal, f"Written: {path} ({amount(size)})")
