"""One turn, watched: what the agent says, and what people say on the task's ref meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from git_phc.model import decide
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import encodable
from git_phc.plugins.protocols import Run, Turn
from git_phc.plugins.records import Record
from git_phc.run.brief import answers_of
from git_phc.run.desk import Append, Desk, Given
from git_phc.run.meter import Meter
from git_phc.services.context import WAIT_LIMIT, Context


class Watch:
    """The supervisor's eye on a turn.

    `look` reads the task's ref, where it has moved, and says whether the run shall end;
    `write` puts a record into the journal.
    """

    def __init__(
        self,
        ctx: Context,
        claim: EventId,
        run: Run,
        turn: Turn,
        *,
        meter: Meter,
        append: Append,
        write: Callable[[Record], None],
        look: Callable[[], tuple[bool, Task]],
        carried: Sequence[Given],
    ) -> None:
        self._ctx, self._claim, self._meter = ctx, claim, meter
        self._append, self._write, self._look = append, write, look
        self._desk = Desk(
            run, turn.cwd, append=append, write=write, redact=ctx.redact, carried=carried
        )
        self._limit = ctx.seconds("waitLimit", WAIT_LIMIT)
        self._since: dict[EventId, float] = {}  # when it began to wait, for each question
        self._seen = ""  # the tip up to which answers were looked for
        self._ends: dict[str, str | None] | None = None  # how it ends, whatever the agent says

    def hear(self, record: Record) -> None:
        """One record of the agent's."""
        self._write(record)
        kind = record.get("kind")
        if kind == "session" and record.get("session"):
            name = encodable(str(record["session"]))[:1000]
            self._append(lambda task: decide.name_session(task, self._claim, name), {})
        elif kind == "usage":
            self._meter.read(record)
            self._mind_the_limits()
        elif kind == "ask":
            _, task = self._look()  # its level as it is now: a plan may just have been approved
            self._desk.ask(record, self._claim, _level(task))
        elif kind == "withdrawn":
            self._desk.withdraw(self._claim, str(record.get("ask")))

    def is_over(self) -> bool:
        """Whether the turn shall end; passes on to the agent what was said on the ref."""
        over, task = self._look()
        if over:
            return True
        self._desk.use_level(_level(task))
        if self._desk.open and task.tip != self._seen:
            self._pass_answers(task)
        self._mind_the_time()
        self._mind_the_limits()
        return self._ends is not None

    def outcome(self, done: Record) -> dict[str, Any]:
        """How the turn ended: as the agent says, or as it was made to."""
        ended = {**done, **(self._ends or {})}
        if ended.get("outcome") == "ok":  # what it has left open is nothing that the next turn asks
            self._desk.withdraw(self._claim)
        return ended

    def _pass_answers(self, task: Task) -> None:
        loaded = self._ctx.tasks.load(task.id)
        self._seen = loaded.task.tip
        given = answers_of(self._ctx, loaded, self._claim, unused=False)
        known = [one for one in given if one.event in self._desk.open]
        if known:
            self._desk.settle(known, self._claim)

    def _mind_the_time(self) -> None:
        """A question that nobody answers for `phc.waitLimit` ends the run, not the task."""
        now = self._ctx.clock.monotonic()
        self._since = {ask: self._since.get(ask, now) for ask in self._desk.open}
        if self._limit and any(now - since > self._limit for since in self._since.values()):
            self._ends = self._ends or {"outcome": "waiting", "reason": self._desk.title}

    def _mind_the_limits(self) -> None:
        if why := self._meter.passed:
            self._ends = self._ends or {"outcome": "failed", "reason": why}


def _level(task: Task) -> str:
    return str(task.cell("autonomy") or "ask")
