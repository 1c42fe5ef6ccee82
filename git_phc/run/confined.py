"""The sandbox of a run, as its supervisor has it: opened before anything of the run is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_phc.git.repo import Repo
from git_phc.host.process import Within
from git_phc.model import decide
from git_phc.model.environment import Environment
from git_phc.model.events.denied import Denied
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.plugins.records import Record
from git_phc.plugins.sandboxes import Cell
from git_phc.run.denials import Denials
from git_phc.run.prepare import words_of_run
from git_phc.services.context import Context
from git_phc.services.sandbox import make_home_safe, sandbox_of, sandboxed
from git_phc.store import layout
from git_phc.store.tasks import Decide

if TYPE_CHECKING:
    from git_phc.services.rations import Rations

LIMIT = "more of the machine"


class Confinement:
    """One run's. `write` puts a record into the log, `append` an event on the task's ref."""

    def __init__(
        self,
        ctx: Context,
        claim: EventId,
        write: Callable[[Record], None],
        append: Callable[[Decide], Task],
    ) -> None:
        self._ctx, self._write, self._append = ctx, write, append
        self._folder = layout.run_folder(ctx.repo, claim)
        self._denials = Denials(claim, tells_all=True)
        self._cell: Cell | None = None
        self._name: str | None = None
        self._rations: Rations | None = None
        self._spent: str | None = None

    @contextmanager
    def opened(self, task: Task, checkout: Repo) -> Iterator[None]:
        """The sandbox that the task asks for, where it does. Raises PhcError where it cannot be
        had: the run must not go on without. Each time it is one of its own, the last one counts.
        """
        said, hear = words_of_run(self._ctx, task), self._denials.hear
        is_first, self._name = self._name is None, sandbox_of(self._ctx, task, said)
        with sandboxed(self._ctx, task, checkout, self._folder, said, hear) as self._cell:
            if self._cell and is_first:
                self._ration(task, checkout, said)
                self._tell(f"it works in the sandbox {self._name}")
            yield

    @property
    def within(self) -> Within | None:
        """What processes of the run are started in; None for no sandbox."""
        return self._cell.command if self._cell else None

    @property
    def spent(self) -> str | None:
        """Why the run must end: it has used up what it may of the machine. None for not yet."""
        if self._spent is None and self._rations and (why := self._rations.spent()):
            self._spent = why
            self.deny(LIMIT, why)
        return self._spent

    def look(self) -> None:
        """Tells what it has asked of the network since the last look."""
        if self._cell:
            self._cell.look()
            self._denials.tell(self._write, self._deny)

    def leave(self, task: Task) -> None:
        """Nothing runs inside any more: what was stopped there is told, and the home made safe
        to be read by us.
        """
        if self._cell is None:
            return
        self.look()
        for trouble in self._cell.troubles():
            self._tell(trouble)
            self._denials.add(LIMIT, trouble, self._deny)
        for path in make_home_safe(self._ctx, task):
            self._tell(f"{path} was removed: it leads out of the sandbox")
            self._denials.add("a way out of its home", f"{path} was removed", self._deny)
        self._denials.close(self._deny)

    def deny(self, what: str, why: str) -> None:
        """Tells of something that the run does not have: in its log, and on the task."""
        self._write({"kind": "note", "text": f"denied {what}: {why}", "denied": what})
        self._denials.add(what, why, self._deny)

    def _ration(self, task: Task, checkout: Repo, said: Environment | None) -> None:
        from git_phc.services.rations import rations  # which a run without a sandbox does without

        self._rations = rations(self._ctx, task, checkout, said)

    def _deny(self, denied: Denied) -> None:
        self._append(lambda task: decide.deny(task, denied))

    def _tell(self, text: str) -> None:
        self._write({"kind": "note", "text": text, "sandbox": self._name})
