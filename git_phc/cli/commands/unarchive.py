"""`git phc unarchive`: brings archived tasks back."""

from __future__ import annotations

from collections.abc import Iterator

import click

from git_phc.cli.answers import show_tasks
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, many_tasks, quiet, yes
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.end import Undone, unarchive
from git_phc.services.find import find


@click.command("unarchive", cls=Command)
@many_tasks
@as_json
@quiet
@yes
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Bring each archived TASK back: files, index and modes, at the place where they were."""
    context = terminal.context
    tasks = [find(context, word) for word in words]
    back = (unarchive(context, task) for task in tasks)
    answers = ((one.task, _lines(one)) for one in back)
    show_tasks(terminal, answers, as_json=as_json, quiet=quiet)


def _lines(back: Undone) -> Iterator[str]:
    yield f"{back.task.id.short} is {back.task.status} again: {one_line(back.task.title)}"
    if back.restored:
        yield f"  its workspace is back in {one_line(str(back.restored))}"
