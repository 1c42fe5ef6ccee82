"""`git phc handoff`: gives a task away, or moves it to another mode."""

from __future__ import annotations

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.exchanges import Agreeing, remote, sure
from git_phc.cli.one import show_task
from git_phc.cli.options import as_json, one_task, quiet
from git_phc.cli.safe import one_line
from git_phc.cli.summary import with_trouble
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.model.task import Task
from git_phc.services.find import find
from git_phc.services.handoff import (
    Handed,
    check_receiver,
    to_cloud,
    to_local,
    to_person,
    to_worktree,
)
from git_phc.services.outgoing import Agree
from git_phc.services.remotes import choose_remote


@click.command("handoff", cls=Command)
@one_task
@click.option(
    "--to", required=True, metavar="WHERE",
    help="worktree, local, cloud, or the e-mail address of a person.",
)  # fmt: skip
@remote
@as_json
@quiet
@sure
@pass_terminal
def command(
    terminal: Terminal,
    /,
    *,
    word: str,
    to: str,
    remote: str | None,
    as_json: bool,
    quiet: bool,
    yes: bool,
) -> None:
    """Give a task away whole: its files, also what is not committed, and its conversation.

    To a person it goes by the remote, which shares it; they take it by git phc pick. A run that
    is on is stopped first. To the cloud it goes by the remote, to whichever worker is the first;
    worktree and local bring it back. To local it goes on in this checkout, which must be clean; to
    worktree in a folder of its own.
    """
    check_receiver(to)
    task = find(terminal.context, word)
    handed = _hand(terminal, task, to, remote, Agreeing(terminal, yes=yes))
    if handed.ended:
        with_trouble(terminal, handed.ended)
    if as_json or quiet:
        show_task(terminal, handed.task.id, as_json=as_json, quiet=quiet)
        return
    short, title = handed.task.id.short, one_line(handed.task.title)
    render.line(terminal, f"{short} is handed to {one_line(to)}: {title}")
    if handed.place:
        render.line(terminal, f"  in {one_line(str(handed.place))}")
    if handed.ended and handed.ended.removed:
        render.line(terminal, f"  its worktree is put away: {one_line(str(handed.ended.removed))}")
    if handed.place is None and to == "cloud":
        render.line(terminal, f"  to follow it: git phc attach {short}")
    elif handed.place is None:
        render.line(terminal, f"  to take it: git phc pull && git phc pick {short}")


def _hand(terminal: Terminal, task: Task, to: str, remote: str | None, agree: Agree) -> Handed:
    context = terminal.context
    if to == "worktree":
        return to_worktree(context, task, lambda words: say(terminal, words))
    if to == "local":
        return to_local(context, task, lambda words: say(terminal, words))
    if to == "cloud":
        return to_cloud(context, task, choose_remote(context, remote), agree)
    return to_person(context, task, to, choose_remote(context, remote), agree)
