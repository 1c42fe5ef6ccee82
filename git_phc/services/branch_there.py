"""The branch under which a worker sends what a task has committed."""

from __future__ import annotations

from git_phc.git.remote import Update, list_remote
from git_phc.git.worktrees import branch_tip
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.start import branch_name
from git_phc.workspaces.branch import is_tasks_own, make_own


def branch_update(ctx: Context, remote: str, task: Task) -> list[Update]:
    """The task's own branch, where commits have come to it. A branch that has been there under the
    name which the task gives is not moved: they go under one of its own.
    """
    tip = branch_tip(ctx.repo, task.branch) if task.branch else None
    if not tip or tip == task.base:
        return []
    ref = f"refs/heads/{task.branch}"
    if is_tasks_own(ctx.repo, task):
        return [Update(ref, tip)]
    there = list_remote(ctx.repo, ctx.wire, remote, ref).get(ref)
    if there is None:
        return [Update(ref, tip, "")]
    own = f"refs/heads/{branch_name(ctx, task.title, task.id)}"
    return [Update(own, tip)] if there != tip else []


def note_made(ctx: Context, task: Task, sent: list[Update]) -> None:
    """Writes down that the branch is the task's own, where what was sent has made it."""
    if any(one.ref == f"refs/heads/{task.branch}" and one.lease == "" for one in sent):
        make_own(ctx.repo, task)
