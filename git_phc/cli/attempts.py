"""What `start` says of several attempts: each one when it is made, and how each has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from git_phc.cli import render
from git_phc.cli.answers import Answer, outcome, show_tasks
from git_phc.cli.diagnostics import FAILED, INTERRUPTED, complain, say
from git_phc.cli.plans import started_lines
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task
from git_phc.services.attempts import Started
from git_phc.services.seen import seen_status
from git_phc.services.wait import exit_code, wait


def tell_started(terminal: Terminal, *, silent: bool) -> Callable[[Task], None]:
    """What tells of a task that was just made."""

    def tell(task: Task) -> None:
        for line in () if silent else started_lines(terminal, task):
            render.line(terminal, line)

    return tell


def report_attempts(
    terminal: Terminal, started: Started, *, detach: bool, as_json: bool, quiet: bool
) -> int:
    """Waits for them all, unless they are detached; the exit code is that of `wait`."""
    if started.failure:
        say(terminal, "Not all attempts could be started; those that were go on.")
        complain(terminal, started.failure)
    if detach:
        if as_json or quiet:
            made: list[Answer] = [(task, ()) for task in started.tasks]
            show_tasks(terminal, made, as_json=as_json, quiet=quiet)
        code = 0
    else:
        code = _waited(terminal, started.tasks, as_json=as_json, quiet=quiet)
    return FAILED if started.failure and code != INTERRUPTED else code


def _waited(terminal: Terminal, tasks: list[Task], *, as_json: bool, quiet: bool) -> int:
    settled: list[Task] = []

    def answers() -> Iterator[Answer]:
        for task in tasks:
            settled.extend(wait(terminal.context, [task]))
            yield outcome(terminal, settled[-1])

    try:
        show_tasks(terminal, answers(), as_json=as_json, quiet=quiet)
    except KeyboardInterrupt:
        names = " ".join(task.id.short for task in tasks)
        say(terminal, f"\nDetached; the runs go on. Back to them: git phc wait {names}")
        return INTERRUPTED
    statuses = [seen_status(terminal.context, task) for task in settled]
    if not as_json and not quiet:
        _hint(terminal, settled, statuses)
    return exit_code(statuses)


def _hint(terminal: Terminal, tasks: list[Task], statuses: list[str]) -> None:
    """What to type next."""
    rows = [
        (f"  git phc answer {task.id.short}", "see what it asks")
        for task, status in zip(tasks, statuses, strict=True)
        if status == "waiting"
    ]
    rows.append((f"  git phc compare {tasks[0].id.short}", "see them side by side"))
    for line in render.table(rows):
        say(terminal, line)
