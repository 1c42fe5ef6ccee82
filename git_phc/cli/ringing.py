"""Tells whoever watches a terminal that a task is finished, failed or needs them (`phc.notify`)."""

from __future__ import annotations

from collections.abc import Iterable

from git_phc.cli.diagnostics import say
from git_phc.cli.terminal import Terminal
from git_phc.errors import PhcError
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.notify import letters, notice_of, notifier_names


def ring(terminal: Terminal, task: Task, status: str) -> None:
    """Tells of a task that has come to this status; on a terminal, and where it is wanted."""
    if not terminal.is_screen:
        return
    try:
        terminal.screen.write(rings(terminal.context, task, status))
        terminal.screen.flush()
    except PhcError as error:  # what was done is done, and how it is told is no part of it
        say(terminal, f"Nobody was told: {error.message}")


def rings(ctx: Context, task: Task, status: str) -> str:
    """What to write to a terminal that somebody watches, "" for nothing. Raises PhcError."""
    told = notice_of(ctx, task, status) if notifier_names(ctx) else None
    return letters(ctx, told) if told else ""


class Changes:
    """Which tasks have come to another status since the last look at them all."""

    def __init__(self) -> None:
        self._known: dict[str, str] | None = None  # nothing is news at the first look

    def look(self, rows: Iterable[tuple[Task, str]]) -> list[tuple[Task, str]]:
        """Those. One that was out of sight and comes back as it was (`undo`) is none of them."""
        seen = list(rows)
        known = self._known
        news = [] if known is None else [one for one in seen if known.get(one[0].id) != one[1]]
        self._known = {**(known or {}), **{task.id: status for task, status in seen}}
        return news


class Bells:
    """Rings for each task whose status has changed since the last look at them all."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal, self._changes = terminal, Changes()

    def look(self, rows: Iterable[tuple[Task, str]]) -> None:
        for task, status in self._changes.look(rows):
            ring(self._terminal, task, status)
