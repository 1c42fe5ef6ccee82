"""What runs leave behind when they are cut off: found, and, where it is safe, cleared away.

A finding that can be mended carries how. Nothing that holds work is ever one: journals are
folded into refs, never dropped; a worktree is somebody's.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from git_phc.git.writers import forget_dead, heal, left_locks
from git_phc.host.lock import holder, try_lock
from git_phc.host.process import marked_runs, sweep
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.seen import is_alive, seen_status
from git_phc.store import layout
from git_phc.store.transcripts import journal_file
from git_phc.workspaces.trash import empty_trash, in_trash


class Finding(Struct, frozen=True):
    """One thing that is not as it should be, what to do, and how to mend it, if we can."""

    what: str
    hint: str
    mend: Callable[[], object] | None = None


def locks(ctx: Context) -> Iterator[Finding]:
    """Lock files beside refs of ours: a killed writer's, or one that works just now."""
    for lock in left_locks(ctx.repo):
        ref = str(lock.relative_to(ctx.repo.common_dir)).removesuffix(".lock")
        yield Finding(
            f"the ref {ref} is locked",
            f"A killed writer's lock goes with: git phc doctor --fix; any other: rm '{lock}'",
            partial(_heal, ctx, ref),
        )


def _heal(ctx: Context, ref: str) -> None:
    seen: dict[Path, int] = {}
    heal(ctx.repo, [ref], seen)
    ctx.clock.sleep(0.5)  # a live writer's lock is gone by then
    heal(ctx.repo, [ref], seen)
    forget_dead(ctx.repo)


def journals(ctx: Context, tasks: Sequence[Task]) -> Iterator[Finding]:
    """Journals of runs that have ended: what they hold is not all in a ref yet."""
    ended = {task.run.id: task for task in tasks if task.run and not task.run.is_open}
    for run, task in ended.items():
        if not is_alive(ctx, task) and journal_file(ctx.repo, run).exists():  # in this order
            yield Finding(
                f"the journal of the last run of {task.id.short} was not folded in",
                "Fold it in: git phc doctor --fix",
                partial(_fold, ctx, task, run),
            )


def _fold(ctx: Context, task: Task, run: str) -> None:
    from git_phc.services.launch import fold_journal

    lock = try_lock(layout.live_lock(ctx.repo, task.id))
    if lock is None:  # its supervisor is just about to do it
        return
    with lock:
        fold_journal(ctx, task, run)
        shutil.rmtree(layout.run_folder(ctx.repo, run), ignore_errors=True)


def processes(ctx: Context, tasks: Sequence[Task]) -> Iterator[Finding]:
    """Processes that carry the mark of a run which nobody drives any more."""
    runs = {task.run.id: task for task in tasks if task.run}
    left = [run for run in marked_runs() if run in runs and _is_left(ctx, runs[run])]
    now = marked_runs() if left else {}  # again: who drove it may have been at ending them
    for run in left:
        if run in now:
            numbers = ", ".join(map(str, now[run]))
            yield Finding(
                f"processes of a run of {runs[run].id.short} are left: {numbers}",
                "End them: git phc doctor --fix",
                partial(sweep, run),
            )


def _is_left(ctx: Context, task: Task) -> bool:
    """Whether nobody drives the task's last run."""
    if not task.run or not task.run.is_open:
        return not is_alive(ctx, task)
    return seen_status(ctx, task) == "interrupted"


def folders(ctx: Context) -> Iterator[Finding]:
    """Worktrees that were moved aside, and not deleted: who was at it was killed, or may not."""
    for record, trash in in_trash(ctx.repo):
        if holder(record) is None:  # else it is being deleted just now
            by_hand = f"rm -r {shlex.quote(str(trash))}"
            yield Finding(
                f"{trash} was to be deleted",
                f"Delete it: git phc doctor --fix; what is not yours to delete: {by_hand}",
                partial(empty_trash, ctx.repo),
            )


def mend(findings: Sequence[Finding]) -> int:
    """Mends what can be mended; says how many there were."""
    known = [finding.mend for finding in findings if finding.mend]
    for how in known:
        how()
    return len(known)
