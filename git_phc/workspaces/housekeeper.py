"""Clears away behind a command's back what would keep it waiting.

A process of its own, one a repository at a time, and the least of all on the machine: it ends
when nothing is left to do. One that was killed is no loss: what it was at stands in records,
and the next one takes it up (`done`, `archive`, `delete`, `gc` each call one).

    python -m git_phc.workspaces.housekeeper GIT_FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from git_phc.git.repo import Repo, without_checkout
from git_phc.git.run import scrubbed
from git_phc.git.writers import forget_dead
from git_phc.host.lock import try_lock
from git_phc.host.process import MARKER, spawn_detached
from git_phc.store import layout
from git_phc.workspaces import pool
from git_phc.workspaces.trash import empty_trash, in_trash


def call_housekeeper(repo: Repo) -> None:
    """Starts the housekeeper where there is something to do; returns at once.

    It does not end with the run around this command: it is nothing of that run's.
    """
    if not _has_work(repo):
        return
    env = {name: value for name, value in scrubbed(os.environ).items() if name != MARKER}
    argv = [sys.executable, "-P", "-m", "git_phc.workspaces.housekeeper", str(repo.common_dir)]
    try:
        spawn_detached(argv, env=env, log=Path(os.devnull))
    except OSError:  # no room for a process: a later command's housekeeper will see to it
        return


def keep_house(repo: Repo) -> None:
    """Does what there is to do, until nothing is left that can be done.

    Who finds another one at work goes: that one looks once more after it has let the lock go.
    """
    whole = True
    while whole and _has_work(repo):
        lock = try_lock(layout.housekeeping_lock(repo), tries=1)
        if lock is None:
            return
        with lock:
            forget_dead(repo)  # what runs that were killed have left of their moves
            pool.wash_slots(repo)
            whole = empty_trash(repo)


def _has_work(repo: Repo) -> bool:
    return pool.unwashed(repo) or any(True for _ in in_trash(repo))


if __name__ == "__main__":
    os.nice(10)
    keep_house(without_checkout(Path(sys.argv[1])))
