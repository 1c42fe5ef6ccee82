"""`git phc open`: an editor or a shell in a task's workspace."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from git_phc.cli.command import Command
from git_phc.cli.consent import consenting
from git_phc.cli.diagnostics import say
from git_phc.cli.options import one_task
from git_phc.cli.programs import edit, lend
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import PhcError, UsageError
from git_phc.model.task import Task
from git_phc.services.actions import action as action_named
from git_phc.services.actions import surroundings
from git_phc.services.find import find
from git_phc.services.place import require_place


@click.command("open", cls=Command)
@one_task
@click.option("--editor", is_flag=True, help="Open your editor there, in place of a shell.")
@click.option("--action", metavar="NAME", help="Run this action of its environment there.")
@pass_terminal
def command(terminal: Terminal, *, word: str, editor: bool, action: str | None) -> None:
    """Open a shell in the task's workspace; leave it with exit.

    There the variables and ports of the task are set, as for its agent.
    """
    task = find(terminal.context, word)
    place = require_place(terminal.context, task)
    if action is not None:
        _act(terminal, task, place, action)
        return
    if not terminal.is_interactive:
        raise UsageError("open needs a terminal", f"Without one: git phc path {task.id.short}")
    if editor:
        edit(terminal, place, place)
        return
    shell = terminal.environ.get("SHELL") or "/bin/sh"
    say(terminal, f"A shell in {place}; leave it with: exit")
    # Its exit code is that of the last thing typed there, and tells nothing of us.
    env = surroundings(terminal.context, task, place)
    if lend(terminal, f"exec {shlex.quote(shell)}", place, env) in (126, 127):
        raise PhcError(f"the shell {shell} could not be started", "Set another: SHELL=/bin/sh")


def _act(terminal: Terminal, task: Task, place: Path, name: str) -> None:
    """Runs an action to its end, on the streams that we have. Raises PhcError when it fails."""
    deed = consenting(terminal, lambda: action_named(terminal.context, task, place, name))
    code = lend(terminal, f"exec {shlex.join(deed.argv)}", place, deed.env)
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise PhcError(f"the action {deed.name} {how}", f"It ran in {place}")
