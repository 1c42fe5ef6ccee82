"""Looks for what is broken or left over, and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from git_phc.errors import DamagedTask, PhcError
from git_phc.git.config import identity
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.damage import missing_objects
from git_phc.services.hooks import status
from git_phc.services.leftovers import Finding, folders, journals, locks, processes
from git_phc.services.notify import misnamed
from git_phc.services.probe import settings_of_remotes
from git_phc.services.seen import seen_status
from git_phc.store.tasks import list_tasks


def examine(ctx: Context) -> list[Finding]:
    """Everything that was found, the worst first."""
    tasks = list(list_tasks(ctx.repo))
    readable = [task for task in tasks if isinstance(task, Task)]
    looks = (
        (_unreadable(t) for t in tasks if isinstance(t, DamagedTask)),
        missing_objects(ctx),
        _interrupted(ctx, readable),
        locks(ctx),
        journals(ctx, readable),
        processes(ctx, readable),
        folders(ctx),
        settings_of_remotes(ctx),
        _hooks(ctx),
        (Finding(error.message, error.hint) for error in misnamed(ctx)),
        _who(ctx),
    )
    return list(chain.from_iterable(looks))


def _unreadable(error: DamagedTask) -> Finding:
    return Finding(error.message, "Look closer: git fsck")


def _interrupted(ctx: Context, tasks: list[Task]) -> Iterator[Finding]:
    for task in tasks:
        if seen_status(ctx, task) == "interrupted":
            yield Finding(
                f"the run of {task.id.short} was interrupted: {task.title}",
                f"Go on: git phc resume {task.id.short}; or end it: git phc stop {task.id.short}",
            )


def _hooks(ctx: Context) -> Iterator[Finding]:
    """Our git hooks, where they were installed and are not in force, or keep another from it."""
    for hook in status(ctx):
        if hook.state in ("replaced", "left out"):
            yield Finding(
                f"the git hook {hook.name} is {hook.state}: {hook.note}",
                "Put ours in force: git phc hooks install; or take them away: … uninstall",
            )


def _who(ctx: Context) -> Iterator[Finding]:
    try:
        identity(ctx.repo)
    except PhcError as error:
        yield Finding(error.message, error.hint)
