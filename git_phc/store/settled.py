"""A look that outlasts a prune: damage is believed when it stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from git_phc.errors import DamagedTask
from git_phc.git.repo import Repo

T = TypeVar("T")
LOOKS, PAUSE = 3, 0.1  # how often damage must be seen in a row, and the seconds between
PATIENCE = 10.0  # seconds


def settled(repo: Repo, read: Callable[[], T]) -> T:
    """What `read` answers. It is asked again when it finds damage: a writer may be about to
    store again what a `git gc --prune=now` took from under it (see `git.housekeeping`).
    """
    looks, deadline = 0, time.monotonic() + PATIENCE
    while True:
        try:
            return read()
        except DamagedTask:
            from git_phc.git.housekeeping import gc_runs

            looks = 0 if gc_runs(repo) else looks + 1
            if looks >= LOOKS or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE)
