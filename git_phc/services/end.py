"""Ends a task: done, deleted, and both taken back. Nothing of it is lost.

Before a workspace is taken away, a checkpoint of it stands under `refs/phc/work/<task>`;
`undo` makes the workspace again from it, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from git_phc.errors import Refused
from git_phc.git.repo import Repo, without_checkout
from git_phc.git.worktrees import branch_tip, current_branch, delete_branch, is_merged
from git_phc.model import decide
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.inside import end_ours
from git_phc.services.keep import keep
from git_phc.services.launch import take_lock
from git_phc.services.place import checkout_of, find_place, site, site_for
from git_phc.services.seen import is_interrupted
from git_phc.services.setup import tear_down
from git_phc.store.tasks import Decide, list_tasks, load, read_task
from git_phc.workspaces.place import workspace_for

VERBS = ("done", "delete", "archive")
UNDO_OF_REWIND = "undo of a rewind"


class Ended(Struct, frozen=True):
    """What became of a task: it, the folder taken away, the branch, what went wrong in the
    teardown of its environment, and who still worked in the folder.
    """

    task: Task
    removed: Path | None = None
    branch_deleted: bool = False
    trouble: str | None = None
    inside: Sequence[str] = ()


def finish(ctx: Context, task: Task) -> Ended:
    """Marks the task done, and takes its worktree away; its branch stays unless merged."""
    return _end(ctx, task, "done", decide.finish)


def delete(ctx: Context, task: Task) -> Ended:
    """Puts a tombstone on the task, and takes its worktree away."""
    return _end(ctx, task, "delete", decide.delete)


def archive(ctx: Context, task: Task) -> Ended:
    """Puts the task away, without a verdict; its worktree goes, its branch stays."""
    return _end(ctx, task, "archive", decide.archive)


def unarchive(ctx: Context, task: Task) -> Undone:
    """Brings an archived task back, whoever has put it away, its worktree as it was."""
    with take_lock(ctx, task.id):
        task = read_task(ctx.repo, task.id)
        back = decide.undo(task, "archive")  # refuses before anything is touched
        restored = _bring_back(ctx, task, "archive")
        task = ctx.tasks.append(task.id, lambda now: back if now.archived else [])
        return Undone(task, "archive", restored)


def _end(ctx: Context, task: Task, verb: str, act: Decide) -> Ended:
    refuse_interrupted(ctx, task)
    if not _is_cut_off(ctx, task, verb):
        act(task)  # refuses before anything is touched
    with take_lock(ctx, task.id):
        task = read_task(ctx.repo, task.id)
        cut_off = _is_cut_off(ctx, task, verb)
        place = workspace_for(task.mode)
        place.check_removal(site(ctx), task)
        checkout = checkout_of(ctx, task) if task.mode != "local" else None
        if checkout is not None:
            task = keep_all(ctx, task, checkout, verb)
        if not cut_off:
            task = ctx.tasks.append(task.id, act)
        return clear_away(ctx, task, drops=verb != "archive")


def clear_away(ctx: Context, task: Task, *, drops: bool, most: float = inf) -> Ended:
    """Takes the workspace away, whose state is kept; `drops`: its branch, too, where merged;
    `most`: the seconds that its teardown may take, whatever its environment says.
    """
    # The command may have been typed in the folder that goes away now.
    home = replace(site(ctx), repo=without_checkout(ctx.repo.common_dir))
    trouble = tear_down(ctx, task, most)
    place = find_place(ctx, task) if task.mode != "local" else None
    inside = end_ours(ctx, task, place) if place else ()
    if inside:  # who writes on there must not write into the next task's worktree
        home = replace(home, pool=0)
    removed = workspace_for(task.mode).put_away(home, task)
    drops = drops and removed is not None
    return Ended(task, removed, drops and _drop_branch(ctx, home.repo, task), trouble, inside)


def _is_cut_off(ctx: Context, task: Task, verb: str) -> bool:
    """Whether an earlier call was killed after its mark, and before the folder was away."""
    is_set = {"done": task.is_done, "delete": task.deleted, "archive": task.archived}[verb]
    return is_set and task.mode == "worktree" and find_place(ctx, task) is not None


def refuse_interrupted(ctx: Context, task: Task) -> None:
    """Raises Refused where a run is open, and nobody drives it."""
    if is_interrupted(ctx, task):
        raise Refused(
            "this task was interrupted, and its run is still open",
            f"Go on: git phc resume {task.id.short}; or end the run: git phc stop {task.id.short}",
        )


def keep_all(ctx: Context, task: Task, checkout: Repo, reason: str) -> Task:
    """A checkpoint that must hold everything. Raises Refused, by name, where it cannot."""
    refuse_uncarried(checkout)
    return keep(ctx, task, checkout, reason)[0]


def refuse_uncarried(checkout: Repo) -> None:
    """Raises Refused, by name, where a checkpoint could not hold everything."""
    from git_phc.git.checkpoint import uncarried

    left = uncarried(checkout)
    if left:
        raise Refused(
            f"the worktree holds work that no checkpoint can carry: {', '.join(left[:5])}",
            "Move it out of the worktree, or commit and push it, then try again",
        )


def _drop_branch(ctx: Context, home: Repo, task: Task) -> bool:
    """Deletes the task's own branch where all of it is elsewhere too: on the branch that the
    main checkout is on, or at the base it began from. A branch that the user named stays.
    """
    branch = task.branch or ""
    tip = branch_tip(home, branch)
    prefix = ctx.setting("branchPrefix") or "phc/"
    if tip is None or not branch.startswith(prefix):
        return False
    main = current_branch(home)
    into = branch_tip(home, main) if main and main != branch else None
    merged = tip == task.base or (into is not None and is_merged(home, tip, into))
    return merged and delete_branch(home, branch, tip)


# Back


class Undone(Struct, frozen=True):
    """What was taken back: the verb, and the folder that was made again."""

    task: Task
    verb: str
    restored: Path | None


def undo(ctx: Context, task: Task | None) -> Undone:
    """Takes back this clone's last done, delete, archive, rewind or merge. Of a task that is named
    the last one counts whoever did it, but for a rewind.
    """
    from git_phc.services.landing import settle_here, take_back

    settle_here(ctx)
    task = read_task(ctx.repo, task.id) if task else None
    verb, task = _last_mark(ctx, task)
    if verb == "rewind":
        from git_phc.services.rewind import rewind

        number = int(str((_standing_rewind(ctx, task) or {})["number"])) - 1  # the state before it
        back = rewind(ctx, task, number, UNDO_OF_REWIND)
        return Undone(back.task, verb, back.place)
    with take_lock(ctx, task.id):
        if verb == "merge":
            _refuse_merged_elsewhere(ctx, task)
            take_back(ctx, task)
        restored = _bring_back(ctx, task, verb)
        task = ctx.tasks.append(task.id, lambda now: decide.undo(now, verb))
        return Undone(task, verb, restored)


def _last_mark(ctx: Context, task: Task | None) -> tuple[str, Task]:
    """What is to be taken back, and of which task."""
    here = [task] if task else [t for t in list_tasks(ctx.repo) if isinstance(t, Task)]
    found = [_marks(ctx, one, anyone=task is not None) for one in here]
    # In one task the last one is known by its clock, whatever the time of day was set to.
    marks = [max(each, key=lambda mark: mark[0][1]) for each in found if each]
    if not marks:
        raise Refused(
            "there is nothing to take back here",
            f"See what happened: git phc show {task.id.short}"
            if task
            else "See: git phc status --all",
        )
    _, verb, last = max(marks, key=lambda mark: mark[0])
    return verb, last


def _refuse_merged_elsewhere(ctx: Context, task: Task) -> None:
    """Raises Refused for a merge by another clone: it has moved branches there, and not here."""
    stamp = task.written("merged") or {}
    if stamp.get("clone") != ctx.clone:
        verb = "pick" if is_elsewhere(ctx, task) else "resume"
        raise Refused(
            f"this task was merged in another clone, by {stamp.get('who')}",
            f"Take it back there: git phc undo {task.id.short}; "
            f"or go on with it here: git phc {verb} {task.id.short}",
        )


def _bring_back(ctx: Context, task: Task, verb: str) -> Path | None:
    """Makes the workspace again where it was taken away; its path when it was. That of a task
    which rests elsewhere, or was given away, is not this clone's.
    """
    if task.mode != "worktree" or task.checkpoint is None or _still_away(task, verb):
        return None
    if is_elsewhere(ctx, task) or task.handoff:
        return None
    if find_place(ctx, task) is not None:
        return None
    return workspace_for(task.mode).prepare(site_for(ctx, task), task, lambda _: None)


def _still_away(task: Task, verb: str) -> bool:
    """Whether another mark keeps the workspace away when this one is taken back."""
    done = task.is_done and verb != "merge"  # which takes both marks back
    marks = {"done": done, "delete": task.deleted, "archive": task.archived}
    return any(is_set for name, is_set in marks.items() if name != verb)


def _marks(ctx: Context, task: Task, *, anyone: bool) -> list[tuple[tuple[str, int], str, Task]]:
    """The marks on a task that still stand, each with its time: those that this clone set, or
    `anyone`; a rewind is of the files that are here.
    """
    standing = {"done": task.is_done, "delete": task.deleted, "archive": task.archived}
    standing["merge"] = bool(task.merged)
    cells = {"done": "done", "delete": "deleted", "archive": "archived", "merge": "merged"}
    found = []
    for verb, is_set in standing.items():
        stamp = task.written(cells[verb])
        if is_set and stamp and (anyone or stamp["clone"] == ctx.clone):
            found.append(((str(stamp["at"]), int(stamp["clock"])), verb, task))
    back = _standing_rewind(ctx, task)
    if back and back.get("clone") == ctx.clone:
        found.append(((str(back["at"]), int(back["clock"])), "rewind", task))
    return found


def _standing_rewind(ctx: Context, task: Task) -> Mapping[str, Any] | None:
    """The checkpoint that a rewind has made, where nothing has come after it; but a killed
    `undo` of it may have kept what there was.
    """
    kept = task.checkpoint or {}
    if kept.get("reason") == UNDO_OF_REWIND:
        items = load(ctx.repo, task.id, task.tip).state.ordered(Checkpointed.LOG)
        kept = next((one for one in reversed(items) if one["reason"] != UNDO_OF_REWIND), {})
    return kept if str(kept.get("reason")).startswith("rewind to ") else None
