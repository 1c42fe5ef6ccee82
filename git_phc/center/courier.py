"""The thread that asks remotes what is new of the tasks that are shared with them.

It asks as often as `phc.followInterval` says, brings what has moved, and the conversation too of
what is in view; the eye then sees it in the refs. It sends nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from git_phc.center.eye import Post
from git_phc.center.messages import Told
from git_phc.errors import PhcError, in_words
from git_phc.git.refs import list_refs
from git_phc.git.remote import list_remote
from git_phc.model.task import Task
from git_phc.services.bring import bring
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.pull import take_in
from git_phc.services.streaming import follow_interval
from git_phc.store import layout

LOOK = 2.0  # seconds between two looks whether anything is shared


class Courier:
    """Asks, until it is closed."""

    def __init__(self, make_context: Callable[[], Context], post: Post) -> None:
        self._make, self._post = make_context, post
        self._tasks: Sequence[Task] = ()
        self._view: frozenset[str] = frozenset()
        self._trouble = ""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._drive, daemon=True, name="courier")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()

    def follow(self, tasks: Sequence[Task], view: frozenset[str]) -> None:
        """From now on news of these tasks are wanted; those in `view` with all that they say."""
        self._tasks, self._view = tasks, view

    def _drive(self) -> None:
        pause = LOOK
        while not self._closed.wait(pause):
            trouble = ""
            try:
                pause = self._round()
            except (PhcError, OSError) as error:
                trouble = in_words(error)
            if trouble and trouble != self._trouble:  # told once, and tried again
                self._post(Told(trouble, bad=True))
            self._trouble = trouble

    def _round(self) -> float:
        """Asks each remote once; how long to wait before the next round."""
        ctx, pause = self._make(), LOOK
        shared: dict[str, list[Task]] = {}
        for task in self._tasks:
            if remote := ctx.sharings.arbiter(task.id):
                shared.setdefault(remote, []).append(task)
        for remote, tasks in shared.items():
            pause = max(pause, follow_interval(ctx, remote))
            self._ask(ctx, remote, tasks)
        return pause

    def _ask(self, ctx: Context, remote: str, tasks: Sequence[Task]) -> None:
        there = list_remote(ctx.repo, ctx.wire, remote, f"{layout.ROOT}*")
        known = dict(list_refs(ctx.repo, layout.tracking(remote), layout.tracking(remote, "runs")))
        moved = [str(task.id) for task in tasks if _moved(there, known, remote, "tasks", task)]
        if moved:
            take_in(ctx, remote, moved)
        for task in tasks:
            wanted = task.id in self._view and is_elsewhere(ctx, task)
            if wanted and _moved(there, known, remote, "runs", task):
                bring(ctx, remote, task.id, ["runs"])


def _moved(
    there: Mapping[str, str], known: Mapping[str, str], remote: str, kind: str, task: Task
) -> bool:
    """Whether the remote has something else of this kind than we have seen there."""
    now = there.get(f"{layout.ROOT}{kind}/{task.id}")
    return now is not None and now != known.get(layout.tracking(remote, kind) + task.id)
