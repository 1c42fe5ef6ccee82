"""The worker: asks a remote for work, starts what it may, and sees each run to its end.

It drives no run itself. Each has a supervisor, a process of its own, which keeps the lease and
outlives this one; a worker that is started again finds those that go on, and takes up what was
left by those that do not.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from git_phc.errors import PhcError, Refused, RemoteFailed, in_words
from git_phc.git.refs import list_refs
from git_phc.host.lock import holder
from git_phc.host.paths import read_text
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.by_push import Moved
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.tasks import read_task
from git_phc.worker.claiming import TurnedAway, turn_away
from git_phc.worker.running import take_on, tidy
from git_phc.worker.waiting import Lookout, Waiting
from git_phc.workspaces.place import Say

LATER = 60.0  # seconds until what was not to be had is asked for again, while it waits unchanged
LOOK = 0.5  # seconds between two looks at the runs that go on
DRAIN = 120.0  # seconds in which a run that was told to stop must have given its task back


class Orders(Struct, frozen=True):
    """What the worker was started with.

    Attributes:
        jobs: runs at once.
        poll: seconds between two looks at the queue.
        once: one task is run to its end, if there is one now.
        only: the task, or the beginning of its name.
    """

    jobs: int = 1
    poll: float = 5.0
    once: bool = False
    only: str | None = None


class Worker(Struct):
    """One worker for one remote, in its own repository."""

    ctx: Context
    orders: Orders
    say: Say
    status: Callable[[str], object] = lambda _: None
    ended: list[Task] = field(default_factory=list)
    _on: set[TaskId] = field(default_factory=set)
    # What could not be had: what the queue and the lease were then, and when it is tried again.
    _refused: dict[TaskId, tuple[str, str, float]] = field(default_factory=dict)
    _told: threading.Event = field(default_factory=threading.Event)
    _trouble: str = ""

    def stop(self, *_: object) -> None:
        """From a signal: it takes nothing more, and gives back what it runs."""
        self._told.set()

    def run(self) -> None:
        """Works until it is told to stop; with `once` until its task's run has ended, or at once
        where nothing waits.
        """
        lookout = Lookout(self.ctx, self.orders.only)
        self._find_runs()
        due = 0.0
        while not self._told.is_set():
            has_moved = False
            self._reap()
            now = self.ctx.clock.monotonic()
            if now >= due and self._free() and not (self.orders.once and self.ended):
                has_moved = self._take(lookout)
                due = now + (0 if has_moved else self.orders.poll)
            if self.orders.once and not self._on and not has_moved:
                break
            self._tell_status()
            self._told.wait(min(LOOK, max(0.0, due - now)) if self._on else max(0.0, due - now))
        self._drain()

    # Taking

    def _free(self) -> int:
        return (1 if self.orders.once else self.orders.jobs) - len(self._on)

    def _take(self, lookout: Lookout) -> bool:
        """Takes what it may; whether what waits has changed under it, and is to be seen anew."""
        try:
            waiting = lookout.look()
        except RemoteFailed as error:
            self._tell_trouble(error.message)
            return False
        self._tell_trouble("")
        for one in waiting:
            if self._free() <= 0 or self._told.is_set():
                break
            if not self._is_refused(one) and self._take_one(one):
                lookout.miss(one)
                return True  # where one has moved others have: a look costs less than they do
        return False

    def _is_refused(self, one: Waiting) -> bool:
        queue, lease, due = self._refused.get(one.id, ("", "", 0.0))
        unchanged = (queue, lease) == (one.queue, one.lease)
        return unchanged and self.ctx.clock.monotonic() < due

    def _refuse(self, one: Waiting, words: str, later: float = LATER) -> None:
        if (one.queue, one.lease) != self._refused.get(one.id, ("", ""))[:2]:
            self.say(f"{one.id.short} {words}")
        due = self.ctx.clock.monotonic() + later
        self._refused[one.id] = (one.queue, one.lease, due)

    def _take_one(self, one: Waiting) -> bool:
        """Takes it, or says why not; whether it does not wait as it did."""
        try:
            task = take_on(self.ctx, one, self.say)
        except TurnedAway as error:
            self._refuse(one, f"is not let in: {error.message}", float("inf"))
            with suppress(PhcError):
                turn_away(self.ctx, one, error.message)
        except Moved:
            return True
        except Refused as error:
            self._refuse(one, f"was not started: {error.message}")
        except Exception as error:  # noqa: BLE001  (whatever a stranger's task holds, others wait)
            words = in_words(error)
            self.say(f"{one.id.short} was not started: {words}")
        else:
            self._on.add(task.id)
            again = {"left": ", which was left here", "stale": ", whose worker is silent"}
            self.say(f"{task.id.short} starts{again.get(one.why, '')}: {task.title}")
        return False

    # Seeing to it

    def _find_runs(self) -> None:
        """What an earlier worker has left in this repository: runs that go on, and folders of such
        as have ended since.
        """
        for ref, _ in list_refs(self.ctx.repo, layout.TASKS):
            id = TaskId(ref.removeprefix(layout.TASKS))
            if holder(layout.live_lock(self.ctx.repo, id)) is not None:
                self._on.add(id)
                self.say(f"{id.short} goes on here")
            elif _has_folder(self.ctx, id):
                self._tidy(id)

    def _tidy(self, id: TaskId) -> Task:
        try:
            return tidy(self.ctx, id, self.say)
        except Exception as error:  # noqa: BLE001  (as above)
            words = in_words(error)
            self.say(f"{id.short}: its folder stays, since {words}")
            return read_task(self.ctx.repo, id)

    def _reap(self) -> None:
        for id in sorted(self._on):
            if holder(layout.live_lock(self.ctx.repo, id)) is not None:
                continue
            self._on.discard(id)
            task = self._tidy(id)
            if not task.is_open:
                self.ended.append(task)
                why = f" ({task.reason})" if task.reason else ""
                self.say(f"{id.short} is {task.status}{why}: {task.title}")
            else:
                self.say(f"{id.short}: its supervisor is gone; it is taken up again")

    def _drain(self) -> None:
        """Tells its runs to stop, and waits until they have given their tasks back."""
        if not self._on:
            return
        self.say(f"stopping: {len(self._on)} at work give their tasks back")
        for id in self._on:
            pid = holder(layout.live_lock(self.ctx.repo, id)) or ""
            with suppress(ProcessLookupError, PermissionError, ValueError):
                os.kill(int(pid), signal.SIGTERM)
        deadline = self.ctx.clock.monotonic() + DRAIN
        while self._on and self.ctx.clock.monotonic() < deadline:
            self._reap()
            self.ctx.clock.sleep(0.1)

    # Telling

    def _tell_trouble(self, words: str) -> None:
        if words and words != self._trouble:
            self.say(f"the remote cannot be asked; trying again: {words}")
        elif self._trouble and not words:
            self.say("the remote can be asked again")
        self._trouble = words

    def _tell_status(self) -> None:
        on = ", ".join(id.short for id in sorted(self._on))
        self.status(f"at work: {on}" if on else "waiting for work")


def _has_folder(ctx: Context, id: TaskId) -> bool:
    known = read_text(layout.place_file(ctx.repo, id))
    return known is not None and Path(known).exists()
