"""`git phc worker`: takes tasks from a remote's queue, and runs them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import FAILED, say
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.cli.working import own_repository


@click.command("worker", cls=Command)
@click.option(
    "--remote", metavar="NAME|URL",
    help="Serve this remote; else phc.remote, or origin. With a URL: from any folder.",
)  # fmt: skip
@click.option(
    "--trust-remote", is_flag=True,
    help="Run the tasks of whoever may push to the remote, signed or not.",
)  # fmt: skip
@click.option(
    "--sandbox",
    metavar="NAME",
    help="Run agents in this sandbox (bubblewrap); none, where they may do all that you may.",
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Run up to N at once (1)."
)
@click.option(
    "--poll", type=click.FloatRange(0.05), default=5.0, metavar="SECONDS",
    help="Look for work so often (5).",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Run one task to its end, if one waits; then exit.")
@click.option("--task", metavar="TASK", help="Take this one only.")
@click.option(
    "--state", type=click.Path(path_type=Path), metavar="DIR",
    help="Keep the worker's repositories here, in place of your folder for data.",
)  # fmt: skip
@pass_terminal
def command(
    terminal: Terminal,
    /,
    *,
    remote: str | None,
    jobs: int,
    poll: float,
    once: bool,
    task: str | None,
    **given: Any,
) -> int:
    """Take tasks from the queue of a remote, and run them here.

    It runs the tasks of those who sign what they do by a key that git knows here
    (gpg.ssh.allowedSignersFile; phc.workerAllow names some of them); with --trust-remote, of
    whoever may push there. A task that it does not run says why.

    SIGTERM and Ctrl-C give back what it runs, with all that was done, and exit with 0. With
    --once it exits with 1 when the run has failed.
    """
    from git_phc.worker.loop import Orders, Worker

    context = own_repository(terminal, remote, jobs=jobs, **given)

    def tell(words: str) -> None:
        render.line(terminal, f"{context.clock.now()[:19]}Z  {one_line(words)}")
        terminal.stdout.flush()

    status = terminal.show_progress if terminal.is_screen else lambda _: None
    worker = Worker(context, Orders(jobs, poll, once, task), tell, status)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.stop)
    worker.run()
    if once and not worker.ended:
        say(terminal, "Nothing waits for a worker.")
    return FAILED if once and any(one.status == "failed" for one in worker.ended) else 0
