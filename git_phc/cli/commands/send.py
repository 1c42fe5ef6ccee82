"""`git phc send`: a follow-up."""

from __future__ import annotations

from functools import partial

import click

from git_phc.cli.command import Command
from git_phc.cli.consent import consenting
from git_phc.cli.diagnostics import say
from git_phc.cli.following import report_run, tell_elsewhere
from git_phc.cli.options import as_json, detach, one_task, quiet, yes
from git_phc.cli.prompting import prompt_from
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.model.task import Task
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.find import find
from git_phc.services.talk import send
from git_phc.services.transcript import said_so_far


@click.command("send", cls=Command)
@one_task
@click.argument("text", required=False)
@click.option(
    "-F", "--file", "source", metavar="FILE", help="Read it from FILE; - is standard input."
)
@detach
@as_json
@quiet
@yes
@pass_terminal
def command(
    terminal: Terminal,
    *,
    word: str,
    text: str | None,
    source: str | None,
    detach: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Send the agent a follow-up; while it is busy it is queued, and delivered in order.

    On a task at rest it starts the next run. Without TEXT your editor opens. Exits with 0
    when the run ends ready, 6 when it waits for an answer, else 1.
    """
    task = find(terminal.context, word)
    with prompt_from(terminal, text, source) as message:
        known = said_so_far(terminal.context, task)
        again = partial(send, terminal.context, task, message, partial(say, terminal))
        sent = consenting(terminal, again)
    if is_elsewhere(terminal.context, sent):
        return tell_elsewhere(terminal, sent, as_json=as_json, quiet=quiet)
    is_queued = _same_run(task, sent)
    if is_queued and not as_json and not quiet:
        say(terminal, f"Queued: {sent.id.short} gets it when its turn is over.")
    start = known if is_queued else 0
    return report_run(terminal, sent, detach=detach, as_json=as_json, quiet=quiet, start=start)


def _same_run(before: Task, after: Task) -> bool:
    """Whether the message went to a run that was on already."""
    return bool(before.run and after.run and before.run.id == after.run.id)
