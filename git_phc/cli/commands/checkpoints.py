"""`git phc checkpoints`: what of a task is kept, point by point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.diagnostics import say
from git_phc.cli.options import as_json, one_task
from git_phc.cli.programs import paged
from git_phc.cli.safe import one_line
from git_phc.cli.summary import amount, change_words, whole_seconds
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.chain import checkpoints, sizes
from git_phc.services.find import find

KEYS = ("number", "at", "reason", "turn", "head", "stash", "link", "changes", "of")


@click.command("checkpoints", cls=Command)
@one_task
@as_json
@pass_terminal
def command(terminal: Terminal, *, word: str, as_json: bool) -> None:
    """List the task's checkpoints: number, time, turn, changes since the base, what each adds on
    disk, and what it was taken for.

    One is taken before the first turn, after each turn, and before anything that could lose.
    """
    task = find(terminal.context, word)
    items = checkpoints(terminal.context, task)
    kept = sizes(terminal.context, items)
    if as_json:
        listed = [_data(item, size) for item, size in zip(items, kept, strict=True)]
        render.document(terminal, {"id": task.id, "checkpoints": listed})
        return
    rows = [_row(item, size) for item, size in zip(items, kept, strict=True)]
    with paged(terminal):
        for line in render.table(rows):
            render.line(terminal, line)
    if items:
        say(terminal, f"{amount(sum(kept))} in all. Go back: git phc rewind {task.id.short} --to N")


def _data(item: Mapping[str, Any], size: int) -> Mapping[str, Any]:
    return {**{key: item[key] for key in KEYS if key in item}, "size": size}


def _row(item: Mapping[str, Any], size: int) -> list[str]:
    turn = f"turn {item['turn']}" if item["turn"] else ""
    changes = change_words(item["changes"])
    at, reason = whole_seconds(str(item["at"])), one_line(str(item["reason"]))
    return [str(item["number"]), at, turn, changes, amount(size), reason]
