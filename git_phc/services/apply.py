"""Stages a task's changes in the checkout that one stands in; commits nothing."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.errors import Conflict, Refused
from git_phc.git.diffs import count
from git_phc.git.housekeeping import outlasting
from git_phc.git.landing.checkout import listed, move_checkout
from git_phc.git.landing.trees import Clash, merge_trees, tree_of
from git_phc.git.repo import Repo
from git_phc.git.worktrees import resolve_commit
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.diff import work_tree
from git_phc.services.landing import settle_here
from git_phc.services.place import find_place


def apply(ctx: Context, task: Task) -> int:
    """Stages what the task has changed against its base; how many files that are.

    Raises Refused or Conflict, with nothing changed.
    """
    here = checkout_here(ctx, task, "apply")
    settle_here(ctx)

    def work_out() -> tuple[str, str]:
        old, work = tree_of(here, resolve_commit(here, "HEAD")), work_tree(ctx, task, whole=True)
        if work is None:
            raise Refused(
                "nothing of this task's work is kept yet, so there is nothing to apply",
                f"See how it stands: git phc show {task.id.short}",
            )
        merged = merge_trees(here, tree_of(here, task.base), old, work)
        refuse_clashes(merged.clashes, "what is committed here")
        return old, merged.tree

    old, new = outlasting(here, work_out)
    if old == new:
        raise Refused(
            "there is nothing to apply: all that this task has changed is here",
            f"See what it changed: git phc diff {task.id.short}",
        )
    move_checkout(here, old, new)
    return count(here, old, new).files


def checkout_here(ctx: Context, task: Task, verb: str) -> Repo:
    """The checkout that one stands in, which must not be the task's own."""
    here = ctx.repo
    if task.mode == "local":
        raise Refused(
            f"this task works in a checkout of yours, so there is nothing to {verb}",
            f"Its changes are there already: git status; when they are committed: git phc done "
            f"{task.id.short}",
        )
    if here.worktree is None:
        raise Refused(f"there is no checkout here to {verb} to", "Stand in one: git worktree list")
    place = find_place(ctx, task)
    if place is not None and here.worktree.samefile(place):
        raise Refused(
            f"this is the task's own worktree, so there is nothing to {verb} here",
            "Stand in the checkout that shall have its changes: git worktree list",
        )
    return here


def refuse_clashes(clashes: Sequence[Clash], with_what: str) -> None:
    """Raises Conflict, with the files, where there are any."""
    if not clashes:
        return
    told = dict.fromkeys(f"{' and '.join(one.paths)} ({one.kind})" for one in clashes)
    raise Conflict(
        f"the task's changes conflict with {with_what}: {listed(told)}",
        "Nothing was changed. Bring the task up to date, or resolve it there, then try again",
    )
