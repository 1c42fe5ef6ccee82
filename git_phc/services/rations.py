"""What a run in a sandbox may use up of the machine beside what its sandbox holds it to: the disk
on which its workspace and its home are, and time. Neither can be had back from it.

No kernel keeps an ordinary user's folder to a size. So it is looked at: now and then what stands in
the folders, and at each look what the file system has left, which tells of files without a name.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from git_phc.git.repo import Repo
from git_phc.host.clock import Clock
from git_phc.host.sizes import disk_usage
from git_phc.model.environment import Environment
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.permissions import allowance
from git_phc.store import layout

PAUSE = 2.0  # seconds at least between two measurements
SHARE = 20  # a pause is so many times as long as the measurement before it
RESERVE = 1 << 30  # bytes that a run leaves of the disk; half of what is free where that is less


class Rations:
    """One run's, from when it is made. `disk` in bytes, `time` in seconds; 0 for no limit."""

    def __init__(self, folders: Sequence[Path], *, disk: int, time: float, clock: Clock) -> None:
        self._folders, self._disk, self._time, self._clock = folders, disk, time, clock
        self._before = self._size()
        self._added = 0
        self._began = self._due = clock.monotonic()
        self._reserve = min(RESERVE, self._free() // 2)
        self._measuring: threading.Thread | None = None

    def spent(self) -> str | None:
        """Why the run must end; None while it may go on. Returns at once."""
        now = self._clock.monotonic()
        if self._time and now - self._began > self._time:
            return f"a run may last {self._time:.0f} seconds in its sandbox, and this one has"
        if self._free() < self._reserve:
            return (
                f"the disk has less than {self._reserve} bytes left, which a run in a sandbox may "
                "not take"
            )
        if self._disk and now >= self._due and not (self._measuring and self._measuring.is_alive()):
            self._measuring = threading.Thread(target=self._measure, daemon=True)
            self._measuring.start()
        if self._disk and self._added > self._disk:
            return (
                f"a run may add {self._disk} bytes to the disk in its sandbox, and this one has "
                f"added {self._added}"
            )
        return None

    def _measure(self) -> None:
        begun = self._clock.monotonic()
        self._added = self._size() - self._before
        now = self._clock.monotonic()
        self._due = now + max(PAUSE, SHARE * (now - begun))

    def _size(self) -> int:
        return sum(map(disk_usage, self._folders)) if self._disk else 0

    def _free(self) -> int:
        found = []
        for folder in self._folders:
            with suppress(OSError):
                found.append(shutil.disk_usage(folder).free)
        return min(found, default=RESERVE)  # folders that are gone take nothing


def rations(ctx: Context, task: Task, checkout: Repo, said: Environment | None) -> Rations:
    """What a run of the task may use up, from now on. Raises Refused, UsageError."""
    allowed = allowance(ctx, said, task.agent)
    folders = [checkout.worktree or checkout.git_dir, layout.home_folder(ctx.repo, task.id)]
    return Rations(folders, disk=allowed.disk, time=allowed.time, clock=ctx.clock)
