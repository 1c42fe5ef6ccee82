"""Who still works in a folder that is to be taken away: ours are ended, others are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from git_phc.host.process import standing_in, sweep
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store.tasks import load


def end_ours(ctx: Context, task: Task, folder: Path) -> Sequence[str]:
    """Ends what runs of this task have left running in the folder; the others, as people know
    them: number and command. Nobody else's process is touched.
    """
    found = standing_in(folder)
    marks = {process.mark for process in found if process.mark}
    if marks:
        for run in marks.intersection(load(ctx.repo, task.id, task.tip).state.runs):
            sweep(run)
        found = standing_in(folder)
    return [f"{process.pid} ({process.command})" for process in found]
