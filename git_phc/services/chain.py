"""A task's checkpoints: which there are, and an earlier one as the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from git_phc.errors import Refused
from git_phc.git.refs import Move, read_ref
from git_phc.git.sizes import size_of_commits
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.ids import TaskId
from git_phc.model.state import State
from git_phc.model.task import Task
from git_phc.services.context import Context, signature
from git_phc.services.need import need
from git_phc.store import layout
from git_phc.store.tasks import load
from git_phc.workspaces.branch import TIP, spot_of

if TYPE_CHECKING:
    from git_phc.git.checkpoint import Checkpoint

Item = Mapping[str, Any]


def checkpoints(ctx: Context, task: Task) -> Sequence[Item]:
    """All of them, oldest first."""
    need(ctx, task, "work")
    return load(ctx.repo, task.id, task.tip).state.ordered(Checkpointed.LOG)


def numbered(state: State, task: Task, number: int) -> Item:
    """The checkpoint of that number. Raises Refused where there is none."""
    for item in reversed(state.ordered(Checkpointed.LOG)):
        if item["number"] == number:
            return item
    raise Refused(
        f"the task {task.id.short} has no checkpoint {number}",
        f"See which there are: git phc checkpoints {task.id.short}",
    )


def sizes(ctx: Context, items: Sequence[Item]) -> list[int]:
    """For each of them the bytes on disk that it holds and none before it does."""
    return size_of_commits(ctx.repo, [str(item["link"]) for item in items])


def state_again(
    ctx: Context, item: Item, *, task: TaskId, number: int, reason: str, branch: str | None = None
) -> tuple[Checkpoint, Move]:
    """A link that has the state of `item` again, and the move that puts it on the task's chain;
    on `branch`, where `item` is another task's.
    """
    from git_phc.git.checkpoint import again  # whoever only looks does without

    ref = layout.work_ref(task)
    former = read_ref(ctx.repo, ref)
    spot = spot_of(ctx.repo, str(item["link"]), str(item["head"]))
    made = again(
        ctx.repo,
        ctx.writer,
        str(item["link"]),
        previous=former,
        who=signature(ctx),
        message=f"checkpoint {number}: {reason}\n\nPhc-Task: {task}",
        facts={
            "number": number, "reason": reason, "turn": item["turn"],
            TIP: spot.head if branch else spot.tip,
        },
        branch=branch,
    )  # fmt: skip
    return made, Move(ref, former, made.link)


def event_again(item: Item, made: Checkpoint, *, number: int, reason: str) -> Checkpointed:
    """The event that tells of such a link."""
    return Checkpointed(
        number=number,
        link=made.link,
        stash=made.stash,
        head=made.head,
        reason=reason,
        turn=item["turn"],
        changes=item["changes"],
        of=item["number"],
    )
