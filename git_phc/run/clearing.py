"""The teardown of a clone: before the last word of its run, whose log and end tell of it.

A clone is its run's alone, and goes when that is over. So the teardown runs when the work is kept,
in the same sandbox, while the lease is still renewed.
"""

from __future__ import annotations

from collections.abc import Callable

from git_phc.errors import PhcError
from git_phc.git.repo import Repo
from git_phc.model.environment import Environment, Script
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.plugins.records import Record
from git_phc.run.confined import Confinement
from git_phc.services.context import Context
from git_phc.services.setup import Outcome, give_back, run_teardown, teardown_due, why_not
from git_phc.store import layout

HURRY = 60.0  # seconds that it may take where the worker was told to stop; that waits for 120
LATE = "a message came when its workspace was being taken down; it begins anew with that"


class Teardown:
    """One run's. `write` puts a record into the log."""

    def __init__(
        self,
        ctx: Context,
        claim: EventId,
        confinement: Confinement,
        write: Callable[[Record], None],
    ) -> None:
        self._ctx, self._claim = ctx, claim
        self._confinement, self._write = confinement, write

    def run(self, task: Task, *, hurried: bool = False) -> str | None:
        """Runs what is due, and tells of it in the log. None where nothing was; else how it failed,
        "" where it went well.
        """
        due = teardown_due(self._ctx, task)
        if due is None:
            return None
        checkout, said = due
        assert said.teardown is not None  # noqa: S101  (it is due)
        script = said.teardown.within(HURRY) if hurried else said.teardown
        record = {"kind": "teardown", "environment": said.name}
        self._write({**record, "status": "running"})
        try:
            outcome = self._run(task, checkout, said, script)
        except (PhcError, OSError) as error:
            why = f"could not be started: {why_not(error)}"
            self._write({**record, "status": "failed", "seconds": 0.0, "reason": why})
        else:
            why = "" if outcome.ended.code == 0 else outcome.why
            how = {"status": "failed", "reason": outcome.ended.how} if why else {"status": "ok"}
            self._write({**record, **how, "seconds": round(outcome.ended.seconds, 1)})
        give_back(self._ctx, task, checkout)
        return f"the teardown of {said.name} {why}" if why else ""

    def _run(self, task: Task, checkout: Repo, said: Environment, script: Script) -> Outcome:
        def hear(text: str) -> None:
            self._write({"kind": "text", "stream": "teardown", "text": text})

        folder = layout.run_folder(self._ctx.repo, self._claim)
        with self._confinement.opened(task, checkout):
            within = self._confinement.within
            outcome = run_teardown(
                self._ctx, task, checkout, said, script, folder, hear=hear, within=within
            )
            self._confinement.leave(task)
        return outcome
