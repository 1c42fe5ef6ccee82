"""`git phc logs`: the conversation, and what the agent did."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import INTERRUPTED
from git_phc.cli.options import as_json, one_task
from git_phc.cli.programs import paged
from git_phc.cli.records import is_shown, show_record
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.cli.unheard import tell_unheard
from git_phc.errors import UsageError
from git_phc.services.find import find
from git_phc.services.transcript import Part

Records = Iterable[Mapping[str, Any]]


@click.command("logs", cls=Command)
@one_task
@click.option("-f", "--follow", "following", is_flag=True, help="Go on as the run goes on.")
@click.option(
    "--run", "run", metavar="ID", help="Show only this run: its id, or the beginning of it."
)
@click.option(
    "--since", metavar="TIME",
    help="Show only what is younger: a time (RFC 3339), or an age such as 90s, 10m, 2h, 1d.",
)  # fmt: skip
@click.option("--tail", type=click.IntRange(0), metavar="N", help="Show only the last N records.")
@click.option("--raw", is_flag=True, help="Print the records as they are kept, one JSON a line.")
@as_json
@pass_terminal
def command(
    terminal: Terminal,
    *,
    word: str,
    following: bool,
    run: str | None,
    since: str | None,
    tail: int | None,
    raw: bool,
    as_json: bool,
) -> int:
    """Show what was said and done in a task's runs, from the first one on.

    Exits with 130 when -f is ended by Ctrl-C; the run goes on.
    """
    if as_json and (following or raw):
        raise UsageError("--json is one document of all records", "For one that goes on: --raw -f")
    part = Part(terminal.context, find(terminal.context, word), run, since)
    if following:
        return _follow(terminal, part, tail, raw=raw)
    found = _found(part, tail, kept=as_json or raw)
    if as_json:
        render.document(terminal, {"id": part.task.id, "records": list(found)})
    elif raw:
        _show(terminal, found, raw=True)
    else:
        with paged(terminal):
            _show(terminal, found, raw=False)
    if not as_json:
        tell_unheard(terminal, part.task)
    return 0


def _found(part: Part, count: int | None, *, kept: bool) -> Records:
    """What there is by now: the records as they are `kept`, or those that are shown."""
    records = part.past() if kept else filter(is_shown, part.past(ends=True))
    return records if count is None else deque(records, maxlen=count)


def _show(terminal: Terminal, records: Records, *, raw: bool) -> None:
    for record in records:
        if raw:
            render.record(terminal, record)
        else:
            show_record(terminal, record)
    render.fresh_line(terminal)


def _follow(terminal: Terminal, part: Part, tail: int | None, *, raw: bool) -> int:
    """What there is by now, and then what comes."""
    try:
        _show(terminal, _found(part, tail, kept=raw), raw=raw)
        tell_unheard(terminal, part.task)
        _show(terminal, part.to_come(), raw=raw)
    except KeyboardInterrupt:
        render.fresh_line(terminal)
        return INTERRUPTED
    return 0
