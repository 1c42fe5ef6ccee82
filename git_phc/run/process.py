"""A supervisor's process, as `services.spawn` starts it.

It waits for the locks of the run, the task's own first, before it does anything.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path

from git_phc.errors import PhcError
from git_phc.git.mover import Mover
from git_phc.git.objects import Reader
from git_phc.git.repo import without_checkout
from git_phc.host.handover import wait_for_locks
from git_phc.host.lock import FileLock, try_lock
from git_phc.model.ids import EventId, TaskId
from git_phc.run.supervisor import Supervisor
from git_phc.services.context import Context
from git_phc.services.disk import measure
from git_phc.store import layout


def supervise(argv: list[str]) -> int:
    """Drives one run to its end."""
    git_dir, word, claim = argv
    repo, task = without_checkout(Path(git_dir)), TaskId.parse(word)
    # Of the task neither a look nor a move takes a git of its own, from the first one on.
    with closing(Reader(repo)) as reader, closing(Mover(repo)) as mover:
        ctx = Context(repo, Path(git_dir), reader=reader, mover=mover)
        return _drive(ctx, task, EventId.parse(claim))


def _drive(ctx: Context, task: TaskId, claim: EventId) -> int:
    _warm_up(ctx, task)
    handed = wait_for_locks()
    if handed is None:
        return 0
    line, locks = handed
    supervisor = Supervisor(ctx, task, claim)
    locks[0].write(str(os.getpid()))  # so that a worker can tell it to stop
    line.taken()
    try:
        return supervisor.run()
    finally:
        sharing = _sharing(ctx, task)  # before the task is free: who waits finds one of the two
        for lock in reversed(locks):  # the task's own last: then all of the run is over
            lock.remove()
        supervisor.share()
        if sharing:
            sharing.remove()
        with suppress(OSError):
            measure(ctx, task)


def _sharing(ctx: Context, task: TaskId) -> FileLock | None:
    """Says that a run's last words are on their way; None where one before it still says so."""
    with suppress(OSError):
        return try_lock(layout.sharing_lock(ctx.repo, task), tries=1)
    return None


def _warm_up(ctx: Context, id: TaskId) -> None:
    """Loads what every run needs, while there is nothing else to do. What is wrong is said when it
    matters.
    """
    with suppress(PhcError):
        ctx.plugins.agent(ctx.tasks.load(id).task.agent)
