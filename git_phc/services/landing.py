"""A merge as it lands: files, then branches in one step, then the task; and back.

What is under way is written down beside the checkout's index. Whoever is killed leaves the
branch where it was, and then the next command puts the files back; or where it shall be, and
then the next command goes on to the end; but the workspace of a task that somebody has gone on
with in the meantime stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import asdict, replace

from git_phc.errors import PhcError, Refused
from git_phc.git.foreign.shadow import shadow_of
from git_phc.git.landing.checkout import move_checkout, sync_index
from git_phc.git.landing.trees import tree_of
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo, open_repo
from git_phc.git.under_way import refuse_under_way
from git_phc.git.worktrees import branch_tip, list_worktrees
from git_phc.host.paths import read_text, replace_file
from git_phc.model import decide
from git_phc.model.events.body import Fields
from git_phc.model.events.merged import Merged
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.end import Ended, clear_away
from git_phc.services.landed import link_landed
from git_phc.services.launch import take_checkout, take_lock
from git_phc.services.place import checkout_of
from git_phc.store import layout
from git_phc.store.tasks import read_task


class Plan(Struct, frozen=True):
    """What shall land: the trees that the checkout goes from and to, and the branches' moves.

    `head` is where the task's own branch was, `kept` the number of the checkpoint of its
    workspace. `merged.after` is not known before `commit`. `back`: it is being taken back, from
    `old` to `new`.
    """

    task: TaskId
    old: str
    new: str
    head: str
    kept: int
    merged: Merged
    back: bool = False


def land(ctx: Context, here: Repo, plan: Plan, task: Task, commit: Callable[[], str]) -> Ended:
    """Moves the checkout, lets `commit` make what the branch shall be at, and moves that.

    Raises what `commit` does, and LostRace, with the checkout as it was.
    """
    _enter(here, plan)
    try:
        merged = replace(plan.merged, after=commit())
        new = tree_of(here, merged.after)
        sync_index(here, plan.new, new)  # a hook may have staged more
        plan = replace(plan, new=new, merged=merged)
        _note(here, plan)
        move_refs(here, _moves(plan, task), reason=f"git phc merge {task.id.short}")
    except (PhcError, OSError, KeyboardInterrupt):
        _back(here, plan)
        raise
    return _mark(ctx, here, plan)


def _enter(here: Repo, plan: Plan) -> None:
    """Writes the plan down and moves the checkout, or nothing of both."""
    _note(here, plan)
    try:
        move_checkout(here, plan.old, plan.new)
    except PhcError:
        layout.landing_file(here.git_dir).unlink(missing_ok=True)
        raise


def _moves(plan: Plan, task: Task) -> list[Move]:
    merged = plan.merged
    moves = [Move(f"refs/heads/{merged.branch}", merged.before, merged.after)]
    if merged.tip != plan.head:
        moves.append(Move(f"refs/heads/{task.branch}", plan.head, merged.tip))
    return moves


def _note(here: Repo, plan: Plan) -> None:
    body = json.dumps({**asdict(plan), "merged": plan.merged.data()})
    replace_file(layout.landing_file(here.git_dir), body.encode())


def _back(here: Repo, plan: Plan) -> None:
    move_checkout(here, plan.new, plan.old)
    layout.landing_file(here.git_dir).unlink(missing_ok=True)


def _mark(ctx: Context, here: Repo, plan: Plan) -> Ended:
    act = lambda now: [] if now.merged else decide.merge(now, plan.merged)  # noqa: E731
    task = ctx.tasks.append(plan.task, act)
    link_landed(ctx, task, plan.merged, plan.head)
    ended = clear_away(ctx, task, drops=True)
    layout.landing_file(here.git_dir).unlink(missing_ok=True)
    return ended


def settle(ctx: Context, here: Repo) -> Ended | None:
    """Ends what a killed merge has left in this checkout, whose lock the caller holds: forward
    where its branch has moved, else back. What became of the task, where it went forward.
    """
    plan = _noted(here)
    if plan is None:
        return None
    tip = branch_tip(here, plan.merged.branch or "")
    begun, ended = plan.merged.before, plan.merged.after
    if plan.back:
        begun, ended = ended, begun
    if tip == begun:
        _back(here, plan)
    elif tip == ended and not plan.back:
        # Whoever works on the task now has gone on with it
        with suppress(Refused), take_lock(ctx, plan.task):
            if _is_as_left(ctx, plan):
                return _mark(ctx, here, plan)
    layout.landing_file(here.git_dir).unlink(missing_ok=True)
    return None


def _is_as_left(ctx: Context, plan: Plan) -> bool:
    """Whether nobody has done anything to the task, or in its workspace, since it was merged."""
    from git_phc.git.checkpoint import is_still

    task = read_task(ctx.repo, plan.task)
    kept, checkout = task.checkpoint or {}, checkout_of(ctx, task)
    if kept.get("number") != plan.kept:
        return False
    if checkout is None or task.merged:
        return checkout is None or is_still(checkout, str(kept["link"]))
    tip = branch_tip(ctx.repo, task.branch or "")
    return tip == plan.merged.tip and is_still(checkout, str(kept["link"]))


def settle_here(ctx: Context) -> None:
    """The same where the command was typed, unless somebody is at work there."""
    here = ctx.repo
    if here.worktree and layout.landing_file(here.git_dir).exists():
        with suppress(Refused), take_checkout(here, _known(here)):
            settle(ctx, here)


def _known(here: Repo) -> TaskId:
    plan = _noted(here)
    return plan.task if plan else TaskId("")


def _noted(here: Repo) -> Plan | None:
    text = read_text(layout.landing_file(here.git_dir))
    try:
        said = json.loads(text) if text else None
        if not said:
            return None
        after = said["merged"]["after"]
        known = Merged.parse(Fields({**said["merged"], "after": after or said["merged"]["before"]}))
        merged = replace(known, after=after)
        return Plan(**{**said, "task": TaskId.parse(said["task"]), "merged": merged})
    except (ValueError, KeyError, TypeError):
        return None


# Back


def take_back(ctx: Context, task: Task) -> None:
    """Puts both branches, and the checkout of the one merged into, back where they were.

    Raises Refused, with nothing changed, where that would lose what came after.
    """
    merged = Merged.parse(Fields(task.merged or {}))
    branch = merged.branch or ""
    before, after = str(merged.before), str(merged.after)
    tip = branch_tip(ctx.repo, branch)
    if tip not in (before, after):
        raise Refused(
            f"{branch} has moved since the merge: it was at {after[:12]}, and is at "
            f"{(tip or 'no commit')[:12]}",
            f"Look: git log --oneline {before[:12]}..{branch}; or undo it by git revert",
        )
    moves = [*_task_back(ctx, task, merged)]
    if tip != before:
        moves.append(Move(f"refs/heads/{branch}", after, before))
    checkout = _checkout_on(ctx.repo, branch)
    if checkout is None or tip == before:
        if moves:
            move_refs(ctx.repo, moves)
        return
    with take_checkout(checkout, task.id):
        refuse_under_way(checkout)
        old, new = tree_of(checkout, after), tree_of(checkout, before)
        plan = Plan(task.id, old, new, str(merged.tip), 0, merged, back=True)
        _enter(checkout, plan)
        try:
            move_refs(checkout, moves, reason=f"git phc undo {task.id.short}")
        except (PhcError, OSError):
            _back(checkout, plan)
            raise
        layout.landing_file(checkout.git_dir).unlink(missing_ok=True)


def _task_back(ctx: Context, task: Task, merged: Merged) -> list[Move]:
    head, tip = str((task.checkpoint or {}).get("head")), branch_tip(ctx.repo, task.branch or "")
    if tip is None or tip == head:  # where it is gone, the workspace makes it again
        return []
    if tip != merged.tip:
        raise Refused(
            f"the branch {task.branch} has moved since the merge, and is at {tip[:12]}",
            f"Look: git log --oneline {str(merged.tip)[:12]}..{task.branch}",
        )
    return [Move(f"refs/heads/{task.branch}", tip, head)]


def _checkout_on(repo: Repo, branch: str) -> Repo | None:
    trees = (tree.path for tree in list_worktrees(repo) if tree.branch == f"refs/heads/{branch}")
    path = next(trees, None)
    return open_repo(path) if path and not shadow_of(repo, path) else None
