"""Lends the terminal to `attach`, and takes it back."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from git_phc.cli.diagnostics import INTERRUPTED, guarded, say
from git_phc.cli.following import report_run
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task
from git_phc.services.find import find

ECHO = 0.5  # seconds in which git may pass on to us the Ctrl-C that we have had already


@contextmanager
def interrupts_unheard() -> Iterator[None]:
    """On the whole screen Ctrl-C is a key; an interrupt from outside must not tear it apart.

    Not by SIG_IGN, which every program that is started meanwhile would inherit.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _interrupts_heard() -> Iterator[None]:
    """Ctrl-C detaches, once."""
    heard: list[float] = []

    def interrupt(*_: object) -> None:
        heard.append(time.monotonic())
        if len(heard) == 1 or heard[-1] - heard[0] > ECHO:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def attached(terminal: Terminal, task: Task) -> None:
    """Follows a task in the plain terminal, as `git phc attach` does; waits for Enter when its
    run has ended, so that one can read how.
    """
    fresh = terminal.afresh()
    with _interrupts_heard(), suppress(KeyboardInterrupt):
        code = guarded(fresh, lambda: report_run(fresh, find(fresh.context, task.id), always=True))
        if code != INTERRUPTED:
            say(fresh, "\nEnter goes back to the center.")
            terminal.stdin.readline()
