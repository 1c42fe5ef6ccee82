"""Makes tasks in every status without an agent: by the store's own events, at a fixed time.

Everything that goes into an id is fixed, so the ids are, too, and whole outputs can be asserted.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo
from git_phc.git.worktrees import resolve_commit
from git_phc.host.clock import Clock
from git_phc.model import decide
from git_phc.model.event import Actor
from git_phc.model.events.archived import Archived
from git_phc.model.events.body import Body
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.labelled import Labelled
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import text_from_string
from git_phc.store import layout
from git_phc.store.tasks import Tasks

AT = "2026-01-02T03:04:05.000Z"
NEVER = "2999-01-02T03:04:05.000Z"  # whose age is 0s, on every day that a test is run
HERE, ELSEWHERE = "c10ec10ec10ec10e", "fa0fa0fa0fa0fa0f"  # clones
ADA, BOB = ("Ada Tester", "ada@example.com"), ("Bob Tester", "bob@example.com")

# The states that a run of each status has gone through.
STEPS = {
    "queued": [],
    "preparing": ["preparing"],
    "running": ["preparing", "running"],
    "waiting": ["preparing", "running", "waiting"],
}
OPEN = frozenset(STEPS)


@dataclass
class Made:
    """What to make; the fields of the task that are not said are the usual ones."""

    title: str = "Fix the parser"
    status: str = "ready"
    prompt: str | None = None
    labels: Sequence[str] = ()
    changes: Mapping[str, int] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    who: tuple[str, str] = ADA
    at: str = AT
    clone: str | None = None  # that of a run which is still on is another, else it is lost


class Maker:
    """Makes tasks in one repository."""

    def __init__(self, path: Path) -> None:
        self.repo: Repo = open_repo(path)
        self._numbers = itertools.count(1)
        clone = layout.clone_file(self.repo)
        clone.parent.mkdir(exist_ok=True)
        clone.write_text(HERE)

    def __call__(self, title: str = "Fix the parser", status: str = "ready", **more: Any) -> Task:
        made = Made(title, status, **more)
        tasks = self._tasks(made)
        text, texts = text_from_string(made.prompt or title)
        bodies: list[Body] = [Created(), Edited(self._fields(made)), Messaged(text)]
        bodies += [Labelled(tuple(made.labels))] if made.labels else []
        task = tasks.create(bodies, lambda _: [], texts)
        return self._run(tasks, task, made)

    def _tasks(self, made: Made) -> Tasks:
        clone = made.clone or (ELSEWHERE if made.status in OPEN else HERE)
        clock = Clock(now=lambda: made.at, nonce=lambda: f"{next(self._numbers):032x}")
        return Tasks(self.repo, LooseWriter(self.repo), Actor(*made.who, clone), clock)

    def _fields(self, made: Made) -> dict[str, Any]:
        usual = {"title": made.title, "mode": "worktree", "agent": "command", "autonomy": "ask"}
        base = resolve_commit(self.repo, "HEAD")
        return {**usual, **({"base": base} if base else {}), **made.fields}

    def _run(self, tasks: Tasks, task: Task, made: Made) -> Task:
        task = tasks.append(task.id, lambda now: [_claim(now)])
        claim = EventId(task.run.id if task.run else "")
        for step in STEPS.get(made.status, STEPS["running"]):
            task = tasks.append(task.id, lambda now, s=step: decide.progress(now, claim, s))  # type: ignore[misc]
        if made.status in OPEN:
            return task
        task = tasks.append(task.id, lambda now: decide.start_turn(now, claim))
        if made.changes is not None:
            task = tasks.append(task.id, lambda now: [_checkpoint(now, made.changes or {})])
        outcome = made.status if made.status in ("ready", "failed", "cancelled") else "ready"
        code, why = (3, "the command ended with exit code 3") if outcome == "failed" else (0, None)
        task = tasks.append(
            task.id, lambda now: decide.end_run(now, claim, outcome, exit_code=code, reason=why)
        )
        return self._put_away(tasks, task, made.status)

    def _put_away(self, tasks: Tasks, task: Task, status: str) -> Task:
        if status == "done":
            return tasks.append(task.id, decide.finish)
        if status == "deleted":
            return tasks.append(task.id, decide.delete)
        if status == "archived":
            return tasks.append(task.id, lambda _: [Archived(True)])
        return task


def _claim(task: Task) -> Body:
    return decide.claim(task, host="vm", mode=str(task.cell("mode")), holder_is_dead=False)


def _checkpoint(task: Task, changes: Mapping[str, int]) -> Body:
    """A checkpoint that stands for these changes; only its numbers are ever shown."""
    head = str(task.base)
    return Checkpointed(1, link=head, stash=head, head=head, reason="turn", turn=1, changes=changes)
