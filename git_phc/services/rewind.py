"""Takes a task back to an earlier checkpoint: its files, and its conversation.

The state before is kept first. Then the chain, the task and its branch move in one step: until
it, the task is what it was; after it, the workspace is made as the earlier checkpoint has it,
now or by the next command that needs it.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from git_phc.errors import Conflict, PhcError, Refused
from git_phc.git.checkpoint import NotPutBack, swap
from git_phc.git.refs import Move
from git_phc.git.repo import Repo, without_checkout
from git_phc.git.under_way import refuse_under_way
from git_phc.git.worktrees import branch_tip, resolve_commit
from git_phc.model import decide
from git_phc.model.task import Task
from git_phc.services.chain import Item, event_again, numbered, state_again
from git_phc.services.context import Context
from git_phc.services.end import keep_all, refuse_interrupted
from git_phc.services.launch import take_lock
from git_phc.services.place import checkout_of, site, site_for
from git_phc.store.tasks import load, read_task
from git_phc.workspaces.branch import spot_of
from git_phc.workspaces.place import workspace_for


class Rewound(Struct, frozen=True):
    """What a rewind did: the checkpoint of the state before it, and the folder."""

    task: Task
    before: int | None
    place: Path | None


def rewind(ctx: Context, task: Task, number: int, reason: str = "rewind") -> Rewound:
    """Goes back to checkpoint `number`. `undo` takes it back.

    Raises Refused while a run is on, for a task that is put away, and for work that no
    checkpoint can carry.
    """
    refuse_interrupted(ctx, task)
    with take_lock(ctx, task.id):
        task = read_task(ctx.repo, task.id)
        decide.rewind(task)
        target = numbered(load(ctx.repo, task.id, task.tip).state, task, number)
        checkout = checkout_of(ctx, task)
        if task.mode == "local":
            return _in_place(ctx, task, target, checkout, reason)
        return _in_worktree(ctx, task, target, checkout, reason)


def _in_worktree(
    ctx: Context, task: Task, target: Item, checkout: Repo | None, reason: str
) -> Rewound:
    place = workspace_for(task.mode)
    place.check_removal(site(ctx), task)
    before = None
    if checkout is not None:
        task = keep_all(ctx, task, checkout, reason)
        before = int((task.checkpoint or {})["number"])
    # The command may have been typed in the folder that goes away now.
    home = replace(site_for(ctx, task), repo=without_checkout(ctx.repo.common_dir))
    place.put_away(home, task)
    task = _go_back(ctx, task, target, reason, [_branch_move(home.repo, task, target)])
    made = place.prepare(home, task, lambda _: None)
    return Rewound(task, before, made)


def _branch_move(repo: Repo, task: Task, target: Item) -> Move:
    """Its commits since then stay, held by the checkpoint of the state before."""
    branch = task.branch or ""
    then = spot_of(repo, str(target["link"]), str(target["head"])).tip
    return Move(f"refs/heads/{branch}", branch_tip(repo, branch), then)


def _in_place(
    ctx: Context, task: Task, target: Item, checkout: Repo | None, reason: str
) -> Rewound:
    """In local mode the checkout is the user's: its branch is never moved."""
    if checkout is None or checkout.worktree is None:
        raise Refused("the checkout of this task is gone", "Nothing was changed")
    head = resolve_commit(checkout, "HEAD")
    if head != target["head"]:
        raise Conflict(
            f"HEAD is at {str(head)[:12]}, and checkpoint {target['number']} was taken at "
            f"{str(target['head'])[:12]}; in your own checkout no branch is moved",
            f"Go there first: git reset --soft {str(target['head'])[:12]}",
        )
    refuse_under_way(checkout)
    task = keep_all(ctx, task, checkout, reason)
    kept = task.checkpoint or {}
    try:
        swap(checkout, str(target["link"]), str(kept["link"]))
    except NotPutBack as error:
        raise PhcError(error.message, f"Nothing was lost. {_way_back(task)}") from error
    task = _go_back(ctx, task, target, reason, [])
    return Rewound(task, int(kept["number"]), checkout.worktree)


def _way_back(task: Task) -> str:
    """How the last checkpoint of a task comes into a checkout that has next to nothing left."""
    kept = task.checkpoint or {}
    ours = f"git phc rewind {task.id.short} --to {kept['number']}"
    stash = f"git stash apply --index {kept['stash']}"
    return f"In a clean checkout: {stash} or {ours}" if kept.get("stash") else f"Try: {ours}"


def _go_back(ctx: Context, task: Task, target: Item, reason: str, moves: list[Move]) -> Task:
    number = task.count("checkpoints")
    said = f"{reason} to {target['number']}"
    made, chain = state_again(ctx, target, task=task.id, number=number, reason=said)
    event = event_again(target, made, number=number, reason=said)
    moves = [move for move in moves if move.old != move.new]
    return ctx.tasks.append(task.id, lambda _: [event], moves=[chain, *moves])
