"""Who decides whose a shared task is: the remote that it was shared with first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store.arbiters import arbiter
from git_phc.store.tasks import Decide

if TYPE_CHECKING:
    from git_phc.services.by_push import Beside


def say_there(
    ctx: Context,
    id: TaskId,
    act: Decide,
    texts: Mapping[str, bytes] | None = None,
    kinds: Sequence[str] = (),
    beside: Beside | None = None,
) -> Task:
    """Appends what `act` answers at the task's arbiter, and then here; nothing for nothing.

    `kinds` of the task's other refs ("work", "runs") go along in one step with it, and so does
    what is `beside` it. Of a task
    that was never shared this clone is the arbiter. Raises what `act` and `say_by_push` do.
    """
    remote = arbiter(ctx.repo, id)
    if remote is None:
        return ctx.tasks.append(id, act, texts)
    from git_phc.services.by_push import say_by_push  # who shares nothing does not wait for it

    return say_by_push(ctx, remote, id, act, texts or {}, kinds, beside)
