"""Places for running agents: `phc.jobs` of them in a repository."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from git_phc.host.lock import FileLock, try_lock
from git_phc.run.turn import LOOK
from git_phc.services.context import Context
from git_phc.store import layout


def free_slot(ctx: Context, stop_if_over: Callable[[], None]) -> FileLock:
    """One of the places; waits until one is free. Asks now and then whether to go on waiting."""
    jobs = ctx.number("jobs", os.cpu_count() or 1)
    slots = [layout.slot_lock(ctx.repo, number) for number in range(jobs)]
    while True:
        for path in random.sample(slots, len(slots)):
            if lock := try_lock(path):
                return lock
        stop_if_over()
        ctx.clock.sleep(LOOK)
