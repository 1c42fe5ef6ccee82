"""`git phc answer`: answers what the agent asked."""

from __future__ import annotations

from functools import partial

import click

from git_phc.cli import render
from git_phc.cli.asks import ask_lines
from git_phc.cli.command import Command
from git_phc.cli.consent import consenting
from git_phc.cli.diagnostics import say
from git_phc.cli.following import report_run, tell_elsewhere
from git_phc.cli.options import as_json, detach, one_task, quiet, yes
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import UsageError
from git_phc.model.task import Task
from git_phc.services.answer import Ask, answer, next_ask, option_named, option_of
from git_phc.services.describe import describe
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.find import find
from git_phc.services.transcript import said_so_far


@click.command("answer", cls=Command)
@one_task
@click.argument("text", required=False)
@click.option("--allow", "verb", flag_value="allow", help="Let it do this, once.")
@click.option("--always", "verb", flag_value="always", help="Let it do this, and more such.")
@click.option("--deny", "verb", flag_value="deny", help="Do not let it do this.")
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
    verb: str | None,
    detach: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Answer what the agent asked: --allow, --always, --deny, or TEXT (an option's name or
    number, or words). Without any of them: show what is asked.

    It can be answered from any terminal, also when nobody works on the task any more: then
    the next run begins. Exits as send does.
    """
    context = terminal.context
    task = find(context, word)
    ask = next_ask(terminal.context, task)
    if verb is None and text is None:
        _show(terminal, task, ask, as_json=as_json)
        return 0
    if verb and text and verb != "deny":
        raise UsageError(f"--{verb} and words do not go together", "Leave out one of them")
    option = option_of(task, ask, verb) if verb else option_named(ask, text or "")
    words = None if option and not verb else text
    known = said_so_far(context, task)
    again = partial(answer, context, task, ask, option, words, partial(say, terminal))
    now = consenting(terminal, again)
    if is_elsewhere(context, now):
        return tell_elsewhere(terminal, now, as_json=as_json, quiet=quiet)
    same = bool(task.run and now.run and task.run.id == now.run.id)
    return report_run(
        terminal, now, detach=detach, as_json=as_json, quiet=quiet, start=known if same else 0
    )


def _show(terminal: Terminal, task: Task, ask: Ask, *, as_json: bool) -> None:
    if as_json:
        render.document(
            terminal, {"id": task.id, "waiting": describe(terminal.context, task)["waiting"]}
        )
        return
    for line in ask_lines(terminal, task, ask):
        render.line(terminal, line)
