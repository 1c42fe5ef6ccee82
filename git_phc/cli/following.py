"""Follows a run at a terminal, or waits for it without one; then tells how it ended."""

from __future__ import annotations

from functools import partial

from git_phc.cli import render
from git_phc.cli.asks import ask_lines, has_typed, offer, typed_answer
from git_phc.cli.diagnostics import INTERRUPTED, say
from git_phc.cli.records import show_record
from git_phc.cli.ringing import ring
from git_phc.cli.safe import one_line
from git_phc.cli.summary import sent_or_told, tell_outcome
from git_phc.cli.terminal import Terminal
from git_phc.errors import Refused
from git_phc.model.task import Task
from git_phc.services.answer import Ask, answer, is_asked, next_ask
from git_phc.services.describe import describe
from git_phc.services.seen import seen_status
from git_phc.services.transcript import follow, said_so_far
from git_phc.services.wait import exit_code, looks, taken, wait
from git_phc.store.tasks import read_task


def report_run(
    terminal: Terminal,
    task: Task,
    *,
    detach: bool = False,
    as_json: bool = False,
    quiet: bool = False,
    start: int = 0,
    always: bool = False,
) -> int:
    """What `start`, `send`, `resume` and `attach` do once the run has begun; their exit code.

    On a terminal, or `always`, what the run says from byte `start` on is shown.
    """
    code = 0
    if not detach:
        shown = (terminal.is_screen or always) and not as_json and not quiet
        try:
            task = _followed(terminal, task, start) if shown else _settled(terminal, task)
        except KeyboardInterrupt:
            return _detached(terminal, task)
        sent_or_told(terminal, task)
        code = exit_code([seen_status(terminal.context, task)])
    _tell(terminal, task, as_json=as_json, quiet=quiet, outcome=not detach)
    return code


def tell_elsewhere(terminal: Terminal, task: Task, *, as_json: bool, quiet: bool) -> int:
    """What was said has been sent to where the task runs, and that clone acts on it."""
    if task.run and not as_json and not quiet:
        host = one_line(str(task.run.claim.get("host")))
        say(terminal, f"Sent to {host}. See what comes of it: git phc wait {task.id.short}")
    _tell(terminal, task, as_json=as_json, quiet=quiet, outcome=False)
    return 0


def _settled(terminal: Terminal, task: Task) -> Task:
    before = task.status
    task = wait(terminal.context, [task])[0]
    if task.status != before:  # who comes to a task that waits for them knows it
        ring(terminal, task, seen_status(terminal.context, task))
    return task


def _followed(terminal: Terminal, task: Task, start: int) -> Task:
    """Shows the run to its end; what is asked meanwhile is asked here, on a screen."""
    task = taken(terminal.context, task)
    while True:
        show_run(terminal, task, start)
        task = _settled(terminal, task)
        if task.status != "waiting" or not task.waiting or not terminal.is_interactive:
            return task
        start = said_so_far(terminal.context, task)
        now = ask_here(terminal, task)
        if now is None:
            return task
        start = start if now.run and task.run and now.run.id == task.run.id else 0
        task = now


def ask_here(terminal: Terminal, task: Task) -> Task | None:
    """Shows what is asked, and takes the answer from the keyboard; None for no answer.

    Whoever answers first is heard: where that was somebody else, the run goes on as they said.
    """
    ask = next_ask(terminal.context, task)
    for line in ask_lines(terminal, task, ask, how=False):
        render.line(terminal, line)
    offer(terminal, ask)
    now = _unless_typed(terminal, task, ask)
    if now is None:
        typed = typed_answer(terminal, ask)
        if typed is None:
            return None
        try:
            return answer(terminal.context, task, ask, *typed, partial(say, terminal))
        except Refused:
            now = read_task(terminal.context.repo, task.id)
            if is_asked(terminal.context, now, ask):
                raise
    say(terminal, "\nIt was answered elsewhere.")
    return now


def _unless_typed(terminal: Terminal, task: Task, ask: Ask) -> Task | None:
    """Waits for the keyboard; the task as it is where its question was answered before that."""
    for now in looks(terminal.context, task.id):
        if has_typed(terminal):
            return None
        if not is_asked(terminal.context, now, ask):
            return now
    raise AssertionError("looks never ends")


def show_run(terminal: Terminal, task: Task, start: int = 0) -> None:
    """Shows what the task's last run says, from byte `start` on, until it has ended."""
    asked = None  # the last thing said: who sits there is asked it, with all that belongs to it
    for record in follow(terminal.context, task, task.run.id if task.run else "", start):
        if asked is not None:
            show_record(terminal, asked)
        asked = record if record.get("kind") == "ask" else None
        if asked is None:
            show_record(terminal, record)
    if asked is not None and not terminal.is_interactive:
        show_record(terminal, asked)
    render.fresh_line(terminal)


def _detached(terminal: Terminal, task: Task) -> int:
    """Ctrl-C: the run goes on. Not success: nobody has seen yet how it ends."""
    terminal.mid_line = False
    say(terminal, f"\nDetached; the run goes on. Back to it: git phc attach {task.id.short}")
    return INTERRUPTED


def _tell(terminal: Terminal, task: Task, *, as_json: bool, quiet: bool, outcome: bool) -> None:
    context = terminal.context
    if as_json:
        render.document(terminal, describe(context, task))
    elif quiet:
        render.line(terminal, task.id)
    elif outcome:
        tell_outcome(terminal, task, seen_status(context, task))
