"""Starts a supervisor, and hands it the locks of the run.

A program of Python's takes a tenth of a second until it can do anything. So it is started first,
and told to take over when its workspace stands; one that is not told so ends, and has done nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from git_phc.errors import PhcError
from git_phc.git.run import scrubbed
from git_phc.host.handover import hand_over
from git_phc.host.lock import FileLock
from git_phc.host.process import MARKER, SETUP_MARKER, end_within, spawn_detached
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.variables import NAMES
from git_phc.store import layout

PATIENCE = 60.0  # seconds in which it must say that it has taken over, on however busy a machine
GOODBYE = 5.0  # seconds in which one that has closed its line must end


class Successor:
    """A supervisor that waits to take over."""

    def __init__(self, ctx: Context, task: Task) -> None:
        run = task.run.id if task.run else ""
        self._folder = layout.run_folder(ctx.repo, run)
        self._log = self._folder / "supervisor.log"
        argv = [sys.executable, "-P", "-m", "git_phc.run", os.fspath(ctx.repo.common_dir)]
        self._line, theirs = socket.socketpair()
        self._is_on = False
        try:
            self._process = spawn_detached(
                [*argv, task.id, run],
                env=supervisor_environment(ctx), log=self._log, stdin=theirs.fileno(),
            )  # fmt: skip
        except OSError:
            self._line.close()
            raise
        finally:
            theirs.close()

    def take_over(self, locks: Sequence[FileLock]) -> None:
        """Hands it the locks: from now on they are its alone. Raises PhcError when it is not there
        to take them.
        """
        if not hand_over(self._line, locks, PATIENCE):
            raise PhcError(self._how_it_ended(), f"Its last words are in {self._log}")
        self._is_on = True
        for lock in locks:
            lock.close()

    def _how_it_ended(self) -> str:
        """Why it has not taken over; it does not any more."""
        code = end_within(self._process, GOODBYE)
        if code is None:
            return f"the supervisor was ended, for it said nothing in {PATIENCE:.0f} seconds"
        return f"the supervisor did not start (exit code {code})"

    def close(self) -> None:
        """Lets go of it. One that has not taken over ends, and leaves only what it said."""
        self._line.close()
        if not self._is_on:
            self._process.wait()
            if not self._log.stat().st_size:
                shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def successor(ctx: Context, task: Task) -> Iterator[Successor]:
    """A supervisor for the run that the task has just been claimed for; it lives on where it has
    taken over by the end. Raises OSError when it cannot be started.
    """
    found = Successor(ctx, task)
    try:
        yield found
    finally:
        found.close()


def supervisor_environment(ctx: Context) -> dict[str, str]:
    """The user's, without what belongs to a run around this one: a task that an agent starts
    is not part of that agent's run, and does not end with it.
    """
    own = (MARKER, SETUP_MARKER, *NAMES, "PHC_PROMPT", "PHC_PROMPT_FILE")
    return {k: v for k, v in scrubbed(ctx.environ).items() if k not in own}
