"""`git phc diff`: what a task has changed."""

from __future__ import annotations

import click
from msgspec.structs import asdict

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, one_task
from git_phc.cli.programs import paged
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import UsageError
from git_phc.services.diff import changed_files, diff, diff_of_turn, diff_of_two
from git_phc.services.find import find


@click.command("diff", cls=Command)
@one_task
@click.argument("other", metavar="[TASK]", required=False)
@click.option("--stat", is_flag=True, help="Show only how much, a line a file.")
@click.option("--name-only", is_flag=True, help="Show only the names of the files.")
@click.option(
    "--turn", type=click.IntRange(1), metavar="N", help="Show only what turn N has changed."
)
@as_json
@pass_terminal
def command(
    terminal: Terminal,
    /,
    *,
    word: str,
    other: str | None,
    stat: bool,
    name_only: bool,
    turn: int | None,
    as_json: bool,
) -> None:
    """Show what the task changed against its base, untracked files too.

    With a second TASK: how that one's work differs from the first one's.
    """
    if stat + name_only + as_json > 1:
        raise UsageError("--stat, --name-only and --json exclude each other", "Choose one")
    if other and (turn or as_json):
        raise UsageError("--turn and --json are of one task", "Leave out the second TASK")
    task = find(terminal.context, word)
    if as_json and turn:
        raise UsageError("--json is of all that the task changed", "Leave out --turn")
    if as_json:
        files = [asdict(file) for file in changed_files(terminal.context, task)]
        render.document(terminal, {"id": task.id, "files": files})
        return
    options = [f"--color={'always' if terminal.colour else 'never'}"]
    options += [f"--stat={terminal.size[0]}" if terminal.is_screen else "--stat"] if stat else []
    options += ["--name-only"] if name_only else []
    context = terminal.context
    if other:
        shown = diff_of_two(context, task, find(context, other), options)
    else:
        shown = diff_of_turn(context, task, turn, options) if turn else diff(context, task, options)
    with paged(terminal):
        render.data(terminal, shown)
