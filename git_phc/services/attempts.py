"""Several attempts at one prompt: planned before any is made, and started one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from git_phc.errors import DamagedTask, PhcError, UsageError
from git_phc.model.attempt import Attempt
from git_phc.model.codec import Json
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.start import Order, Plan, plan, start
from git_phc.store.tasks import list_tasks
from git_phc.workspaces.place import Say

if TYPE_CHECKING:
    from git_phc.services.outgoing import Agree

MOST = 50  # attempts at one prompt: past it a slip of the finger is likelier than a wish


class Started(Struct):
    """The tasks that were made and run, and why there are no more, where there should be."""

    tasks: list[Task] = field(default_factory=list)
    failure: PhcError | None = None


def plan_attempts(ctx: Context, order: Order, agents: Sequence[str], each: int) -> list[Plan]:
    """`each` plans for each agent, all from one base. Changes nothing; refuses what cannot work."""
    wanted = [replace(order, agent=agent) for agent in agents] or [order]
    count = each * len(wanted)
    if count > 1:
        _refuse_what_is_one(ctx, order, count)
    first = plan(ctx, wanted[0])
    others = [plan(ctx, replace(other, base=first.base)) for other in wanted[1:]]
    return [planned for planned in (first, *others) for _ in range(each)]


def _refuse_what_is_one(ctx: Context, order: Order, count: int) -> None:
    """There is one checkout here, and one branch of a name."""
    if count > MOST:
        raise UsageError(f"{count} attempts are too many", f"There can be {MOST} at one prompt")
    if order.branch:
        raise UsageError(
            "each attempt has a branch of its own, so they cannot all work on one",
            "Leave out --branch",
        )
    if (order.mode or ctx.setting("mode")) == "local":
        raise UsageError(
            "each attempt needs a worktree of its own, and local mode works in this checkout",
            "Say so: --mode worktree",
        )


def start_attempts(
    ctx: Context,
    plans: Sequence[Plan],
    say: Say,
    tell: Callable[[Task], None],
    agree: Agree | None = None,
) -> Started:
    """Starts a task for each plan, and tells of each. Two or more know of each other.

    After one that fails no more are tried, since what they need is the same; those before it
    stand. Raises what the first one raises.
    """
    started = Started()
    for number, planned in enumerate(plans, 1):
        place = _Place(started.tasks[0].id if started.tasks else None, number, len(plans))
        try:
            task = start(ctx, planned, say, place.fields, agree)
        except PhcError as error:
            if not started.tasks:
                raise
            started.failure = error
            break
        started.tasks.append(task)
        tell(task)
    return started


class _Place(Struct, frozen=True):
    """An attempt's place in its group, which is named for the first one."""

    group: TaskId | None
    number: int
    of: int

    def fields(self, id: TaskId) -> Mapping[str, Json]:
        if self.of == 1:
            return {}
        return {"attempt": Attempt(self.group or id, self.number, self.of).data()}


def group_of(ctx: Context, task: Task) -> list[Task]:
    """The attempts of the task's group in their order, without those that are deleted; the
    task alone where it is no attempt.
    """
    if task.attempt is None:
        return [task]
    group = task.attempt.group
    found = [
        (other.attempt.number, other.id, other)
        for other in list_tasks(ctx.repo)
        if not isinstance(other, DamagedTask)
        and other.attempt
        and other.attempt.group == group
        and (not other.deleted or other.id == task.id)
    ]
    return [other for _, _, other in sorted(found, key=lambda one: one[:2])]
