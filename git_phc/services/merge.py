"""Merges a task's work into the branch of the checkout that one stands in; then it is done.

Everything is worked out in memory before anything moves: what is not committed, the merge
itself, its conflicts. The commits that land pass the user's hooks and signing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.landing.checkout import refuse_unmerged
from git_phc.git.landing.commits import make_commit, replay, run_hook
from git_phc.git.landing.trees import merge_commits, scratch_commit, tree_of
from git_phc.git.repo import Repo
from git_phc.git.under_way import refuse_under_way
from git_phc.git.worktrees import current_branch, is_merged, resolve_commit
from git_phc.host.lock import FileLock
from git_phc.model import decide
from git_phc.model.events.merged import Merged
from git_phc.model.task import Task
from git_phc.services.apply import checkout_here, refuse_clashes
from git_phc.services.context import Context
from git_phc.services.diff import work_tree
from git_phc.services.end import Ended, finish, keep_all, refuse_interrupted
from git_phc.services.landing import Plan, land, settle
from git_phc.services.launch import LAST_MOVES, take_checkout, take_lock
from git_phc.services.links import trailer
from git_phc.services.place import open_place, require_place
from git_phc.store.tasks import read_task


class Landed(Struct, frozen=True):
    """What became of the merge. `how` is None where the branch had all of it already."""

    ended: Ended
    branch: str
    how: str | None
    hook: str | None = None  # what a failing post-merge hook said


def merge(ctx: Context, task: Task, how: str | None) -> Landed:
    """Merges by `how` ("ff", "squash", "rebase"; None is "ff"), and finishes the task.

    Raises Refused or Conflict with branches, files and index as they were.
    """
    here = checkout_here(ctx, task, "merge")
    branch = _branch_here(here, task)
    refuse_interrupted(ctx, task)
    with ExitStack() as held:
        held.enter_context(_take_here(ctx, here, task))
        ended = settle(ctx, here)
        if ended and ended.task.id == task.id:
            return Landed(ended, branch, str((ended.task.merged or {}).get("how")))
        lock = held.enter_context(take_lock(ctx, task.id))
        task = read_task(ctx.repo, task.id)
        decide.finish(task)  # refuses before anything is touched
        refuse_put_away(task)
        work = _look(ctx, here, task)
        before = str(resolve_commit(here, "HEAD"))
        kind = _foresee(ctx, here, work, task, before, how)
        if kind is None:
            lock.remove()
            return Landed(finish(ctx, task), branch, None)
        # It stays in the chain also when a hook refuses now: it is of the very state that `undo`
        # must find, and where nothing has changed since the turn it is three small objects.
        task = keep_all(ctx, task, work, "merge")
        tip = _commit_rest(ctx, work, task)
        plan, commit = _plan(here, work, task, Merged(branch, before, None, kind, tip))
        ended = land(ctx, here, plan, task, commit)
    said = run_hook(here, "post-merge", "1" if kind == "squash" else "0")
    return Landed(ended, branch, kind, said)


def _branch_here(here: Repo, task: Task) -> str:
    branch = current_branch(here)
    if branch is None or resolve_commit(here, "HEAD") is None:
        raise Refused(
            "the checkout here is on no branch with a commit, so there is nothing to merge into",
            "Switch to one: git switch BRANCH",
        )
    if branch == task.branch:
        raise Refused(
            f"{branch} is the task's own branch", "Switch to another one: git switch BRANCH"
        )
    return branch


def _take_here(ctx: Context, here: Repo, task: Task) -> FileLock:
    """The lock of the checkout; another merge in it is waited for."""
    deadline = ctx.clock.monotonic() + LAST_MOVES
    while True:
        try:
            return take_checkout(here, task.id)
        except Refused:
            if ctx.clock.monotonic() > deadline:
                raise
        ctx.clock.sleep(0.05)


def refuse_put_away(task: Task) -> None:
    """Raises Refused for a task that is archived or deleted."""
    for verb, is_set in (("archived", task.archived), ("deleted", task.deleted)):
        if is_set:
            raise Refused(f"this task is {verb}", f"Bring it back: git phc undo {task.id.short}")


def _look(ctx: Context, here: Repo, task: Task) -> Repo:
    """The task's workspace, when both it and the checkout are fit for a merge."""
    work = open_place(ctx, task, require_place(ctx, task))
    for repo in (here, work):
        refuse_under_way(repo)
        refuse_unmerged(repo)
    on = current_branch(work)
    if on != task.branch or resolve_commit(work, "HEAD") is None:
        raise Refused(
            f"the task's workspace is on {on or 'no branch'}, not on its branch {task.branch}",
            f"Switch it back: git -C {work.worktree} switch {task.branch}",
        )
    return work


def _foresee(
    ctx: Context, here: Repo, work: Repo, task: Task, before: str, how: str | None
) -> str | None:
    """How the merge will be made, None where there is nothing to merge. Raises Conflict."""
    head, tree = str(resolve_commit(work, "HEAD")), work_tree(ctx, task, whole=True)
    changed = tree is not None and tree != tree_of(work, head)
    tip = scratch_commit(work, str(tree), [head]) if changed else head
    if is_merged(here, tip, before):
        return None
    if how == "rebase":
        return "rebase" if replay(here, before, tip) != before else None
    if how is None or how == "ff":
        how = "ff" if is_merged(here, before, tip) else "merge"
    merged = merge_commits(here, before, tip)
    refuse_clashes(merged.clashes, f"what is on {current_branch(here)}")
    return how


def _commit_rest(ctx: Context, work: Repo, task: Task) -> str:
    """The task's commit, with what it had not committed in one more on top."""
    head, tree = str(resolve_commit(work, "HEAD")), work_tree(ctx, task, whole=True)
    if tree is None or tree == tree_of(work, head):
        return head
    message = f"{task.title}\n\n{trailer(task)}"
    return make_commit(work, tree, [head], message, first="pre-commit", source="message")


def _plan(here: Repo, work: Repo, task: Task, merged: Merged) -> tuple[Plan, Callable[[], str]]:
    before, tip = str(merged.before), str(merged.tip)
    title = f"Merge the task {task.id.short}: {task.title}"
    if merged.how in ("ff", "rebase"):
        after = tip if merged.how == "ff" else replay(here, before, tip)
        new, commit = tree_of(here, after), lambda: after
    else:
        found = merge_commits(here, before, tip)
        refuse_clashes(found.clashes, f"what is on {merged.branch}")
        new = found.tree
        squash = merged.how == "squash"
        parents = [before] if squash else [before, tip]
        message = f"{task.title if squash else title}\n\n{trailer(task)}"
        first = "pre-commit" if squash else "pre-merge-commit"
        source = "squash" if squash else "merge"
        commit = lambda: make_commit(here, new, parents, message, first=first, source=source)  # noqa: E731
    head = str(resolve_commit(work, "HEAD"))
    kept = int((task.checkpoint or {})["number"])
    return Plan(task.id, tree_of(here, before), new, head, kept, merged), commit
