"""Care for a repository: packs, clears leftovers away, and drops what is named, for good.

Nothing that holds work is dropped by itself. `drop` is the one place where a task's refs are
deleted; it answers with the commands that bring them back for as long as git keeps objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from git_phc.errors import GitFailed, Refused
from git_phc.git.refs import Move, list_refs, move_refs
from git_phc.git.sizes import pack_objects, pack_refs, size_of
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.disk import Sized, measure_all
from git_phc.services.doctor import examine
from git_phc.services.leftovers import Finding, mend
from git_phc.services.place import known_place, site
from git_phc.store import layout
from git_phc.workspaces.housekeeper import call_housekeeper
from git_phc.workspaces.place import Say
from git_phc.workspaces.pool import trim


class Care(Struct, frozen=True):
    """What there is to do: leftovers that can be cleared, bytes that our refs hold, and what
    worktrees take on the disk.
    """

    leftovers: Sequence[Finding]
    size: int
    worktrees: Sequence[Sized]


def look(ctx: Context) -> Care:
    """Finds out; changes nothing."""
    leftovers = [finding for finding in examine(ctx) if finding.mend]
    refs = [name for name, _ in list_refs(ctx.repo, layout.ROOT, layout.NOTES)]
    return Care(leftovers, size_of(ctx.repo, refs), measure_all(ctx))


def tidy(ctx: Context, care: Care, say: Say) -> None:
    """Clears the leftovers away, keeps as many worktrees ready as are wanted, and packs refs and
    objects.
    """
    mend(care.leftovers)
    trim(ctx.repo, site(ctx).pool, say)
    call_housekeeper(ctx.repo)
    try:
        pack_refs(ctx.repo)
        pack_objects(ctx.repo)
    except GitFailed as error:
        if "already running" not in error.stderr:
            raise
        raise Refused(
            "git packs this repository just now, for somebody else",
            "Wait until it has, then try again: git phc gc",
        ) from error


def task_refs(ctx: Context, task: Task) -> dict[str, str]:
    """The task's refs, and what each holds."""
    names = [
        name(task.id)
        for name in (layout.task_ref, layout.runs_ref, layout.work_ref, layout.trash_ref)
    ]
    return dict(list_refs(ctx.repo, *names))


def size_of_task(ctx: Context, task: Task) -> int:
    """Bytes that would be free without this task: what only its own refs hold."""
    return size_of(ctx.repo, list(task_refs(ctx, task)))


def drop(ctx: Context, task: Task) -> dict[str, str]:
    """Deletes the task's refs; answers with what each held.

    Raises Refused while there is something of it outside of them: a run, a worktree.
    """
    from git_phc.services.launch import take_lock  # of no use to who only looks

    short = task.id.short
    if task.is_open:
        raise Refused(
            f"the task {short} is {task.status}", f"End its run first: git phc stop {short}"
        )
    place = known_place(ctx, task) if task.mode != "local" else None
    if place:
        raise Refused(
            f"the task {short} has a worktree: {place}",
            f"Put it away first: git phc delete {short}",
        )
    with take_lock(ctx, task.id):
        refs = task_refs(ctx, task)
        move_refs(ctx.repo, [Move(name, oid, None) for name, oid in refs.items()])
        layout.place_file(ctx.repo, task.id).unlink(missing_ok=True)
        layout.branch_file(ctx.repo, task.id).unlink(missing_ok=True)
        layout.size_file(ctx.repo, task.id).unlink(missing_ok=True)
    return refs
