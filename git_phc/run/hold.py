"""A worker's hold on the task that a run is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_phc.model.ids import EventId
from git_phc.model.task import CLOUD, Task
from git_phc.services.context import Context

if TYPE_CHECKING:
    from git_phc.services.holding import Holding


def hold(ctx: Context, task: Task, claim: EventId) -> Holding | None:
    """The hold of this claim; None for a run in a person's own clone."""
    if task.mode != CLOUD:
        return None
    from git_phc.services.holding import Holding  # only a worker's run has a use for it

    return Holding(ctx, task.id, claim)
