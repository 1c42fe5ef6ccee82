"""Keeps a shared task together with its arbiter while a run is on, here or elsewhere.

What is said there comes to the task's ref here, where its supervisor or whoever waits sees it;
what is said here goes there. It works in a thread of its own with a context of its own, since
a remote may be slow: the run never waits for it.
"""

from __future__ import annotations

import sys
import threading
from typing import Literal

from git_phc.errors import PhcError, in_words
from git_phc.git.refs import read_ref
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.arbiters import arbiter

BEAT = 3.0  # seconds at most between two looks at the remote
PATIENCE = 30.0  # seconds without a word after which a look is given up


class Bus:
    """A run's line to the task's arbiter, if it has one; it may get one in the middle of a run.

    Attributes:
        interval: seconds at least between two pushes of what a run says while it goes on; None as
            long as nobody can follow it.
    """

    def __init__(
        self, ctx: Context, id: TaskId, transcripts: Literal["sent", "brought"] | None = None
    ) -> None:
        self.interval: float | None = None
        self._transcripts = transcripts
        self._ctx = Context(ctx.repo, ctx.cwd, ctx.environ, ctx.clock)
        self._id = id
        self._closed = threading.Event()
        self._trouble: str | None = None
        self._refused: str | None = None  # the tip that was not taken
        self._thread = threading.Thread(target=self._drive, daemon=True)
        self._thread.start()

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Sends what is left, once; what cannot be sent waits for the next sync."""
        self._closed.set()
        self._thread.join()

    def _drive(self) -> None:
        while not self._closed.wait(min(BEAT, self.interval or BEAT)):
            self._beat()
        self._beat()

    def _beat(self) -> None:
        try:
            remote = arbiter(self._ctx.repo, self._id)
            why = self._meet(remote) if remote else None
        except (PhcError, OSError) as error:
            why = in_words(error)
        if why and why != self._trouble:  # told once in the run's own log, not at each beat
            print(f"not shared just now: {why}", file=sys.stderr, flush=True)  # noqa: T201
        self._trouble = why

    def _meet(self, remote: str) -> str | None:
        """Brings what is new there, and sends what is new here; why that could not be sent."""
        from git_phc.git.remote import list_remote
        from git_phc.git.wire import Wire
        from git_phc.services.bring import bring
        from git_phc.services.pull import take_in
        from git_phc.services.push import push
        from git_phc.services.streaming import follow_interval
        from git_phc.store.sync import look

        self._ctx.wire = Wire(PATIENCE)
        if self.interval is None:
            self.interval = follow_interval(self._ctx, remote)
        repo, ref, runs = self._ctx.repo, layout.task_ref(self._id), layout.runs_ref(self._id)
        there = list_remote(repo, self._ctx.wire, remote, ref, runs)
        if self._transcripts == "brought" and there.get(runs) != read_ref(repo, runs):
            bring(self._ctx, remote, self._id, ["runs"])  # first: who sees the end has all of it
        if there.get(ref) != read_ref(repo, layout.tracking(remote) + self._id):
            take_in(self._ctx, remote, [self._id])
        tip = read_ref(repo, ref)
        if tip == self._refused:
            return self._trouble
        said = self._transcripts == "sent" and read_ref(repo, runs) != there.get(runs)
        if tip == there.get(ref) and not said:
            return None
        sent = push(self._ctx, remote, (), look(repo, remote, [self._id]))
        why = next((one.why for one in sent if one.why), None)
        final = any(one.outcome in ("withheld", "rejected") for one in sent)
        self._refused = tip if final else None  # it is asked again when there is more to send
        return why
