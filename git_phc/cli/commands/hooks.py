"""`git phc hooks`: our git hooks, beside those that are there."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json, yes
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.hooks import Hook, install, status, uninstall


@click.command("hooks", cls=Command)
@click.argument("action", type=click.Choice(["install", "uninstall", "status"]))
@as_json
@yes
@pass_terminal
def command(terminal: Terminal, *, action: str, as_json: bool) -> int:
    """Install our git hooks, take them away, or show how they stand.

    In a task's worktree they put the task into the commit's message and note it on the commit;
    anywhere they carry notes along when commits are rewritten. What was there (husky, lefthook,
    pre-commit, your own) still runs, and uninstall gives it back as it was. Without all of them
    in force, status exits with 1.
    """
    if action == "uninstall":
        left = [str(path) for path in uninstall(terminal.context)]
        if as_json:
            render.document(terminal, {"hooks": [], "left": left})
            return 0
        render.line(terminal, "The hooks are as they were before")
        for path in left:
            render.line(terminal, f"  but for {one_line(path)}: another hook has taken its place")
        return 0
    found = install(terminal.context) if action == "install" else status(terminal.context)
    _show(terminal, found, as_json=as_json)
    return 0 if all(hook.state == "installed" for hook in found) else 1


def _show(terminal: Terminal, hooks: list[Hook], *, as_json: bool) -> None:
    if as_json:
        listed = [{"name": h.name, "state": h.state, "note": h.note or None} for h in hooks]
        body = [{key: value for key, value in one.items() if value} for one in listed]
        render.document(terminal, {"hooks": body})
        return
    rows = [(hook.name, hook.state, one_line(hook.note)) for hook in hooks]
    for line in render.table(rows):
        render.line(terminal, line)
