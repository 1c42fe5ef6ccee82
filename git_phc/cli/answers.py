"""The answer of a command that was given several tasks: a line each, ids, or one document."""

from __future__ import annotations

from collections.abc import Iterable

from git_phc.cli import render
from git_phc.cli.summary import outcome_line
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task
from git_phc.services.describe import describe
from git_phc.services.seen import seen_status

Answer = tuple[Task, Iterable[str]]


def show_tasks(
    terminal: Terminal, answers: Iterable[Answer], *, as_json: bool, quiet: bool
) -> None:
    """Each task with its lines: told as soon as it is known, since the next one may fail."""
    if as_json:
        body = [describe(terminal.context, task) for task, _ in answers]
        render.document(terminal, {"tasks": body})
        return
    for task, lines in answers:
        for line in [task.id] if quiet else lines:
            render.line(terminal, line)


def outcome(terminal: Terminal, task: Task) -> Answer:
    """How the task stands now."""
    return task, [outcome_line(terminal, task, seen_status(terminal.context, task))]
