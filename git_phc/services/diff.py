"""What a task has changed, its working tree as it is now included."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git import diffs
from git_phc.git.housekeeping import outlasting
from git_phc.git.landing.checkout import listed
from git_phc.git.living import show_living
from git_phc.git.repo import Repo
from git_phc.model.task import Task
from git_phc.services.changes import base_tree
from git_phc.services.context import Context, signature
from git_phc.services.need import need
from git_phc.services.place import checkout_of, refuse_strayed

ENDS_A_TURN = ("turn", "stop", "interrupted")


def diff(ctx: Context, task: Task, options: Sequence[str]) -> bytes:
    """The difference between the task's base and its work, as git shows it."""
    return outlasting(ctx.repo, lambda: _diff(ctx, task, options))


def _diff(ctx: Context, task: Task, options: Sequence[str]) -> bytes:
    checkout = _living(ctx, task)
    if checkout is None:
        need(ctx, task, "work")
    base = base_tree(ctx.repo, task)
    if base and checkout:
        return show_living(checkout, base, options)
    work = _kept_tree(ctx, task)
    if base is None or work is None:
        raise _nothing_kept(task)
    return diffs.show(ctx.repo, base, work, options)


def _nothing_kept(task: Task) -> Refused:
    return Refused(
        "nothing of this task's work is kept yet, so there is nothing to compare",
        f"See how it stands: git phc show {task.id.short}",
    )


def diff_of_two(ctx: Context, one: Task, two: Task, options: Sequence[str]) -> bytes:
    """How the work of one task differs from that of another."""
    return outlasting(ctx.repo, lambda: _diff_of_two(ctx, one, two, options))


def _diff_of_two(ctx: Context, one: Task, two: Task, options: Sequence[str]) -> bytes:
    old, new = work_tree(ctx, one), work_tree(ctx, two)
    if old is None or new is None:
        raise _nothing_kept(one if old is None else two)
    return diffs.show(ctx.repo, old, new, options)


def diff_of_turn(ctx: Context, task: Task, turn: int, options: Sequence[str]) -> bytes:
    """What one turn has changed: the last checkpoint before it against the last one of it."""
    from git_phc.services.chain import checkpoints  # of no use to a plain `diff`

    items = checkpoints(ctx, task)
    after = [item for item in items if item["turn"] == turn and item["reason"] in ENDS_A_TURN]
    before = [item for item in items if item["turn"] < turn and item.get("stash")]
    if not after or not before or not after[-1].get("stash"):
        raise Refused(
            f"nothing is kept of a turn {turn} of {task.id.short}",
            f"See which there are: git phc checkpoints {task.id.short}",
        )
    old, new = (diffs.tree_of_stash(ctx.repo, str(i["stash"])) for i in (before[-1], after[-1]))
    return diffs.show(ctx.repo, old, new, options)


class ChangedFile(Struct, frozen=True):
    """One file that the task changed: lines added and removed, None for a binary one."""

    path: str
    added: int | None
    removed: int | None


def changed_files(ctx: Context, task: Task) -> Iterator[ChangedFile]:
    """The files that the task changed, in the order of their paths."""
    for line in diff(ctx, task, ["--numstat", "-z", "--no-renames"]).split(b"\0"):
        added, tab, rest = line.partition(b"\t")
        removed, _, path = rest.partition(b"\t")
        if tab:
            yield ChangedFile(os.fsdecode(path), _number(added), _number(removed))


def _number(word: bytes) -> int | None:
    return int(word) if word.isdigit() else None


def work_tree(ctx: Context, task: Task, *, whole: bool = False) -> str | None:
    """The tree of the work as it is now, None where nothing is known of it.

    With `whole` raises Refused, by name, where a tree cannot hold all of it.
    """
    from git_phc.git.checkpoint import read, take  # a plain `diff` does without all of this

    checkout = _living(ctx, task)
    if checkout is None:
        if whole and task.checkpoint:
            _refuse_left_out(task, read(ctx.repo, str(task.checkpoint["link"])).left_out)
        return _kept_tree(ctx, task)
    taken = take(checkout, ctx.writer, previous=None, who=signature(ctx), message="diff", facts={})
    if whole:
        _refuse_left_out(task, taken.left_out)
    return diffs.tree_of_stash(checkout, taken.stash) if taken.stash else None


def _refuse_left_out(task: Task, names: Sequence[str]) -> None:
    if names:
        raise Refused(
            f"some changed files are very big, or their filter fails, so only git itself can add "
            f"them: {listed(names)}",
            f'Commit them in its workspace: git -C "$(git phc path {task.id.short})" commit',
        )


def _living(ctx: Context, task: Task) -> Repo | None:
    """The checkout whose files are the work as it is now. None where the folder is gone, and
    in local mode when no run is on: what the user does there later is not the task's.
    """
    checkout = checkout_of(ctx, task)
    if checkout is None:
        refuse_strayed(ctx, task)
    return None if task.mode == "local" and not task.is_open else checkout


def _kept_tree(ctx: Context, task: Task) -> str | None:
    """The tree of the last checkpoint, or of the base where there is none yet."""
    need(ctx, task, "work")
    stash = (task.checkpoint or {}).get("stash")
    return diffs.tree_of_stash(ctx.repo, str(stash)) if stash else task.base
