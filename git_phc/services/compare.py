"""Tasks side by side: what each came to, and what it took."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.model.task import Task
from git_phc.model.worked import worked
from git_phc.services.context import Context
from git_phc.services.describe import Data, describe
from git_phc.services.find import find
from git_phc.services.seen import look
from git_phc.store.tasks import load


class Compared(Struct, frozen=True):
    """One task among others, the status that is seen, and the `seconds` that it has worked."""

    task: Task
    status: str
    seconds: int

    def data(self, ctx: Context) -> Data:
        """The JSON of a task, and what its list has not."""
        return {**describe(ctx, self.task), "turns": self.task.turn, "worked": self.seconds}


def compare(ctx: Context, words: Sequence[str]) -> list[Compared]:
    """The tasks that are meant, in that order; for one attempt, all of its group."""
    tasks = [find(ctx, word) for word in dict.fromkeys(words)]
    tasks = list({task.id: task for task in tasks}.values())
    if len(tasks) == 1:
        from git_phc.services.attempts import group_of  # it also starts them, so it is heavy

        tasks = group_of(ctx, tasks[0])
    if len(tasks) == 1 and not tasks[0].attempt:
        raise Refused(
            f"the task {tasks[0].id.short} is none of several attempts at one prompt",
            "Name another one, too: git phc compare TASK TASK",
        )
    return [_compared(ctx, task) for task in tasks]


def _compared(ctx: Context, task: Task) -> Compared:
    task, interrupted = look(ctx, task)
    state = load(ctx.repo, task.id, task.tip).state
    until = task.updated if interrupted else ctx.clock.now()
    return Compared(task, "interrupted" if interrupted else task.status, worked(state, until))
