"""`git phc start`: makes a task and starts it."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Any

import click
from msgspec.structs import replace

from git_phc.cli import render
from git_phc.cli.attempts import report_attempts, tell_started
from git_phc.cli.command import Command
from git_phc.cli.consent import consenting
from git_phc.cli.diagnostics import say
from git_phc.cli.exchanges import Agreeing, sure
from git_phc.cli.following import report_run
from git_phc.cli.options import as_json, detach, quiet
from git_phc.cli.plans import plan_data, plan_lines
from git_phc.cli.prompting import prompt_from
from git_phc.cli.terminal import Terminal
from git_phc.model.autonomy import AUTONOMIES
from git_phc.model.events.edited import MODES
from git_phc.model.task import CLOUD
from git_phc.services.attempts import MOST, plan_attempts, start_attempts
from git_phc.services.start import Order, Plan
from git_phc.services.trust import require_consent


class WithCommand(Command):
    """Keeps the words after `--` apart: they are a command, and none of ours."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta["command"] = tuple(args[at + 1 :])
        if at < len(args) and not ctx.meta["command"]:
            raise click.UsageError("there is no command after --", ctx)
        return super().parse_args(ctx, args[:at])


@click.command("start", cls=WithCommand)
@click.argument("text", required=False, metavar="[TEXT] [-- COMMAND…]")
@click.option(
    "-F", "--file", "source", metavar="FILE",
    help="Read the prompt from FILE; - is standard input.",
)  # fmt: skip
@click.option("--title", help="Give it this title; else it is made from the prompt.")
@click.option(
    "-m", "--mode", type=click.Choice(MODES),
    help="Work in this checkout, in a worktree of its own, or on a worker of the remote (phc.mode, "
    "else worktree).",
)  # fmt: skip
@click.option("--carry", is_flag=True, help="To the cloud: with what is not committed here.")
@click.option("--remote", metavar="NAME", help="To the cloud: by this remote; else phc.remote.")
@click.option(
    "-a", "--agent", "agents", multiple=True, metavar="NAME",
    help="Let this agent work on it (phc.agent). Given more than once: an attempt by each.",
)  # fmt: skip
@click.option(
    "-n", "each", type=click.IntRange(1, MOST), metavar="N",
    help="Make N attempts, each a task with a worktree of its own; N by each agent.",
)  # fmt: skip
@click.option("--model", metavar="NAME", help="Let the agent use this model.")
@click.option(
    "--autonomy", type=click.Choice(AUTONOMIES), metavar="LEVEL",
    help=f"What it may do unasked: {', '.join(AUTONOMIES)} (phc.autonomy, else ask).",
)  # fmt: skip
@click.option("-b", "--base", metavar="REV", help="Begin from this commit, in place of HEAD.")
@click.option(
    "--branch", metavar="NAME", help="Work on this branch, in place of one named for the task."
)
@click.option(
    "-e", "--env", "environment", metavar="NAME",
    help="Prepare the worktree by this environment; none for none. Else the only one, the one "
    "called default, or phc.environment.",
)  # fmt: skip
@click.option(
    "--sandbox", metavar="NAME",
    help="Keep it in this sandbox: bubblewrap, podman; none for none (phc.sandbox, else none).",
)  # fmt: skip
@click.option("-l", "--label", "labels", multiple=True, metavar="LABEL", help="Put a label on it.")
@click.option("--dry-run", is_flag=True, help="Show what would be made, and make nothing.")
@click.option("--follow", is_flag=True, help="Of a task for the cloud: stay until its run ends.")
@detach
@as_json
@quiet
@sure
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    text: str | None,
    source: str | None,
    agents: tuple[str, ...],
    each: int | None,
    dry_run: bool,
    follow: bool,
    detach: bool,
    as_json: bool,
    quiet: bool,
    yes: bool,
    **given: Any,
) -> int:
    """Make a task and start it.

    TEXT is the prompt; without it your editor opens. The words after -- are a command, which
    is run as the agent:

        git phc start "Say hello" -- sh -c 'echo hello > hello.txt'

    What its environment would run asks for your consent first, which -y does not give; see:
    git phc trust -h

    On a terminal it follows the run; Ctrl-C detaches, and the run goes on. Exits with 0 when
    the run ends ready, 6 when it waits for an answer, else 1. Several attempts (-n) are not
    followed, but waited for; then: git phc compare TASK. One for the cloud is sent, no more.
    """
    terminal, argv = ctx.ensure_object(Terminal), ctx.meta["command"]
    order = Order(prompt="", command=argv, **given)
    many = each is not None or len(agents) > 1  # so the form of -n 1 is that of -n 2

    def plans(prompt: str) -> list[Plan]:
        wanted = replace(order, prompt=prompt)
        return plan_attempts(terminal.context, wanted, agents, each or 1)

    def check() -> None:  # before anybody writes a prompt
        for planned in plans("…"):
            consenting(terminal, partial(require_consent, terminal.context, planned.runs_here))

    with prompt_from(terminal, text, source, optional=bool(argv), first=check) as prompt:
        planned = plans(prompt)
        detach = detach or (planned[0].mode == CLOUD and not follow)
        if dry_run:
            return _show_plans(terminal, planned, as_json=as_json, many=many)
        tell = tell_started(terminal, silent=as_json or quiet)
        words, agree = partial(say, terminal), Agreeing(terminal, yes=yes)
        started = consenting(
            terminal, lambda: start_attempts(terminal.context, planned, words, tell, agree)
        )
    if many:
        return report_attempts(terminal, started, detach=detach, as_json=as_json, quiet=quiet)
    return report_run(terminal, started.tasks[0], detach=detach, as_json=as_json, quiet=quiet)


def _show_plans(terminal: Terminal, plans: list[Plan], *, as_json: bool, many: bool) -> int:
    if as_json:
        data = [plan_data(planned) for planned in plans]
        render.document(terminal, {"tasks": data} if many else data[0])
        return 0
    for planned, alike in groupby(plans):
        for line in plan_lines(planned, len(list(alike))):
            render.line(terminal, line)
    return 0
