"""Brings what is only fetched when it is needed: the transcripts and the checkpoints of a task
that another clone works on. For a task of this clone's own it does nothing at all.
"""

from __future__ import annotations

from typing import Literal

from git_phc.errors import RemoteFailed
from git_phc.git.housekeeping import missing
from git_phc.host.paths import read_text, replace_file
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.store import layout
from git_phc.store.transcripts import has_run

Kind = Literal["runs", "work"]


def need(ctx: Context, task: Task, *kinds: Kind) -> None:
    """Fetches what of these kinds is not here. Raises RemoteFailed."""
    if not is_elsewhere(ctx, task):
        return
    wanted = [kind for kind in kinds if not _is_here(ctx, task, kind)]
    remote = ctx.sharings.arbiter(task.id) if wanted else None
    if remote is not None:
        from git_phc.services.bring import bring

        try:
            bring(ctx, remote, task.id, wanted)
        except RemoteFailed:
            if not all(_is_there(ctx, task, kind) for kind in wanted):
                raise
            return
        if "runs" in wanted and task.run and not task.run.is_open:
            replace_file(layout.whole_file(ctx.repo, task.id), task.run.id.encode())


def _is_here(ctx: Context, task: Task, kind: Kind) -> bool:
    if kind == "work":
        checkpoint = task.checkpoint
        return checkpoint is None or not missing(ctx.repo, [str(checkpoint["link"])])
    # Of a run that goes on there is more each time.
    run = task.run
    whole = read_text(layout.whole_file(ctx.repo, task.id))
    return run is not None and not run.is_open and whole == run.id


def _is_there(ctx: Context, task: Task, kind: Kind) -> bool:
    """Whether something of it is here that can be shown, while its remote is away."""
    return kind == "runs" and bool(task.run and has_run(ctx.repo, task.id, task.run.id))
