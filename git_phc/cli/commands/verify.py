"""`git phc verify`: whether the events of tasks are signed by who they are said to be by."""

from __future__ import annotations

from collections.abc import Iterator

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import complain
from git_phc.cli.options import as_json, yes
from git_phc.cli.safe import one_line
from git_phc.cli.summary import counted
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.errors import NotTrusted
from git_phc.services.find import find
from git_phc.services.verify import Verified, all_tasks, verify

CODES = {"good": 0, "unsigned": 1, "unknown": NotTrusted.exit_code, "bad": NotTrusted.exit_code}
STYLES = {"good": "green", "unsigned": "yellow", "unknown": "yellow", "bad": "red"}
SHOWN = 10  # findings of one task


@click.command("verify", cls=Command)
@click.argument("words", metavar="[TASK]…", nargs=-1)
@as_json
@yes
@pass_terminal
def command(terminal: Terminal, *, words: tuple[str, ...], as_json: bool) -> int:
    """Tell whether every event of each TASK, or of all, is signed by who is said to have made it.

    By git's own settings: gpg.format, gpg.ssh.allowedSignersFile, the keys that gpg trusts. Ends
    with 0 when all are, 1 when some are not signed, 5 when a signature is bad or by a key that
    nobody here vouches for. To sign: git config phc.sign required
    """
    context = terminal.context
    named = [find(context, word) for word in words]
    tasks, damaged = (named, []) if words else all_tasks(context)
    for error in damaged:
        complain(terminal, error)
    worst, listed = int(bool(damaged)), []
    for one in verify(context, tasks):
        worst = max(worst, CODES[one.verdict])
        listed.append(one)
        for line in () if as_json else _lines(terminal, one):
            render.line(terminal, line)
    if as_json:
        render.document(terminal, {"tasks": [_data(one) for one in listed]})
    elif not listed and not damaged:
        render.line(terminal, "There are no tasks.")
    return worst


def _lines(terminal: Terminal, one: Verified) -> Iterator[str]:
    word = render.paint(terminal, one.verdict, fg=STYLES[one.verdict])
    worst, all_ = one.counts.get(one.verdict, 0), len(one.events)
    count = counted(all_, "event") if worst == all_ else f"{worst} of {counted(all_, 'event')}"
    yield f"{one.task.id.short}  {word}  {count}  {one_line(one.task.title)}"
    bad = [event for event in one.findings if event.verdict.kind != "unsigned"]
    for event in bad[:SHOWN]:
        what, who, why = map(one_line, (event.what, event.who, event.verdict.why))
        yield f"  {event.commit[:12]} {what} by {who}: {why}"
    if len(bad) > SHOWN:
        yield f"  and {len(bad) - SHOWN} more"


def _data(one: Verified) -> dict[str, object]:
    findings = [
        {
            "commit": event.commit, "event": event.what, "who": event.who, "at": event.at,
            "verdict": event.verdict.kind, "why": event.verdict.why,
        }
        for event in one.findings
    ]  # fmt: skip
    return {
        "id": one.task.id, "short": one.task.id.short, "title": one.task.title,
        "verdict": one.verdict, "events": one.counts, "findings": findings,
    }  # fmt: skip
