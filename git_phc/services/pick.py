"""Takes over a task that is at rest elsewhere, or handed to somebody: with files and all.

What is here of it is kept first. The folder is made ready before the claim, so that a failure
leaves both sides as they were; the claim decides whose the task is.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_phc.errors import Conflict, PhcError, Refused, RemoteFailed
from git_phc.git.refs import Move, move_refs
from git_phc.git.remote import Update
from git_phc.git.repo import Repo, without_checkout
from git_phc.git.worktrees import branch_tip, delete_branch, is_merged, list_worktrees
from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.events.edited import Edited
from git_phc.model.ids import EventId
from git_phc.model.task import CLOUD, Task
from git_phc.services.actors import address
from git_phc.services.arbiter import say_there
from git_phc.services.bring import bring
from git_phc.services.by_push import settle
from git_phc.services.cloud import out_of_queue
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere, pass_on
from git_phc.services.keep import keep_aside
from git_phc.services.launch import take_lock
from git_phc.services.place import checkout_of, site
from git_phc.services.seen import runs_here
from git_phc.services.start import branch_name
from git_phc.store.arbiters import arbiter
from git_phc.store.tasks import read_task
from git_phc.workspaces.branch import is_tasks_own
from git_phc.workspaces.place import Say, workspace_for

if TYPE_CHECKING:
    from git_phc.git.checkpoint import Checkpoint


class Picked(Struct, frozen=True):
    """What came of it: the task, its folder, and the checkpoint that was kept of an older one."""

    task: Task
    place: Path
    kept: str | None = None


def pick(ctx: Context, task: Task, say: Say) -> Picked:
    """Takes the task over, into a worktree of its own.

    Raises Refused where it is not to be had, Conflict where its branch has gone another way
    here: then all is here as it was. RemoteFailed where its arbiter cannot be asked, or its
    answer was lost.
    """
    with ExitStack() as held:
        held.enter_context(take_lock(ctx, task.id))
        remote = arbiter(ctx.repo, task.id)
        if remote:
            settle(ctx, remote, task.id)
        task = read_task(ctx.repo, task.id)
        if _is_cut_off(ctx, task):
            return _arrived(ctx, task, workspace_for(task.mode).prepare(site(ctx), task, say), say)
        _refuse(ctx, task)
        if remote:
            bring(ctx, remote, task.id)
        made = _Making(ctx, _as_worktree(ctx, task))
        try:
            place = made.make(say)
            claimed = say_there(
                ctx, task.id, lambda now: _claim(ctx, now), beside=lambda _: _queue(ctx, task)
            )
        except RemoteFailed:  # it may be ours: then this folder is the right one
            raise
        except (PhcError, OSError):
            made.take_back()
            raise
        return _arrived(ctx, claimed, place, say, made.kept)


def _is_cut_off(ctx: Context, task: Task) -> bool:
    """Whether a pick was killed when the task was claimed already. Its folder was there by then.
    The caller holds the task's lock, so nobody works under the claim.
    """
    return runs_here(ctx, task) and task.status == "queued"


def _arrived(
    ctx: Context, claimed: Task, place: Path, say: Say, kept: Checkpoint | None = None
) -> Picked:
    """The task is this clone's, and at rest."""
    claim = EventId(claimed.run.id if claimed.run else "")
    task = ctx.tasks.append(claimed.id, lambda now: decide.arrive(now, claim))
    if arbiter(ctx.repo, task.id):
        pass_on(ctx, task, say)
    return Picked(task, place, kept.stash if kept else None)


def _refuse(ctx: Context, task: Task) -> None:
    """Raises Refused where the task is this clone's already, or somebody else's to take."""
    decide.claim(task, host=ctx.host, mode=task.mode, holder_is_dead=False)
    me = ctx.tasks.actor
    if task.handoff is None:
        if not is_elsewhere(ctx, task):
            raise Refused(
                "this task is here already", f"Go on with it: git phc resume {task.id.short}"
            )
        return
    is_giver = task.run is not None and address(str(task.run.claim.get("who"))) == me.email
    if "@" in task.handoff and task.handoff.lower() != me.email.lower() and not is_giver:
        raise Refused(
            f"this task is handed to {task.handoff}, and you are {me.email}",
            f"Go on with a copy of it: git phc fork {task.id.short}",
        )


def _claim(ctx: Context, task: Task) -> list[Body]:
    _refuse(ctx, task)
    wanted = _as_worktree(ctx, task)
    fields = {
        name: wanted.cell(name)
        for name in ("mode", "branch")
        if wanted.cell(name) != task.cell(name)
    }
    own: list[Body] = [Edited(fields)] if fields else []
    claim = decide.claim(task, host=ctx.host, mode="worktree", holder_is_dead=False)
    return [*own, claim]


def _queue(ctx: Context, task: Task) -> list[Update]:
    """What takes it from the workers that could have had it."""
    remote = arbiter(ctx.repo, task.id) if task.awaits_worker else None
    return out_of_queue(ctx, remote, task.id) if remote else []


def _as_worktree(ctx: Context, task: Task) -> Task:
    """The task as one with a worktree: what is picked never goes into the user's checkout."""
    if task.mode == "worktree":
        return task
    own = task.branch if task.mode == CLOUD else None
    return task.changed(mode="worktree", branch=own or branch_name(ctx, task.title, task.id))


class _Making:
    """The task's folder in the making: as its last checkpoint has it, in place of what there is
    of it now, which is kept first.
    """

    def __init__(self, ctx: Context, task: Task) -> None:
        # The command may have been typed in the folder that goes away now.
        self._ctx, self._task = ctx, task
        self._home = replace(site(ctx), repo=without_checkout(ctx.repo.common_dir))
        self._place = workspace_for("worktree")
        self._tip = branch_tip(self._home.repo, task.branch or "")
        self._is_begun = False
        self.kept: Checkpoint | None = None

    def make(self, say: Say) -> Path:
        """Raises Refused and Conflict before anything is touched, where it cannot be made."""
        ctx, task, home = self._ctx, self._task, self._home
        self._place.check_removal(home, task)
        checkout = checkout_of(ctx, task)
        move = _branch_move(home.repo, task, self._tip, checkout)
        if checkout is not None:
            _refuse_uncarried(checkout)
        self._is_begun = True
        if checkout is not None:
            self.kept = keep_aside(ctx, task, checkout, "before it was picked")
            self._place.put_away(home, task)
        if move:
            move_refs(home.repo, [move])
        return self._place.prepare(home, task, say)

    def take_back(self) -> None:
        """All is again as it was before `make`, however far that came."""
        if not self._is_begun:
            return
        repo, task, branch = self._home.repo, self._task, self._task.branch or ""
        self._place.put_away(self._home, task)
        now = branch_tip(repo, branch)
        if now and self._tip is None:
            delete_branch(repo, branch, now)
        elif now != self._tip:
            move_refs(repo, [Move(f"refs/heads/{branch}", now, self._tip)])
        if self.kept:
            former = {**(task.checkpoint or {}), "link": self.kept.link, "head": self.kept.head}
            task = replace(task, body={**task.body, "checkpoint": former})
            self._place.prepare(self._home, task, lambda _: None)


def _branch_move(repo: Repo, task: Task, tip: str | None, checkout: Repo | None) -> Move | None:
    """The branch as it was here goes forward to where the task is; it is never reset. One that only
    has the name which the task gives is somebody's own.
    """
    branch, head = task.branch or "", (task.checkpoint or {}).get("head")
    if tip is not None and not is_tasks_own(repo, task):
        raise Conflict(
            f"there is a branch {branch} here that is not this task's: it is at {tip[:12]}, "
            f"and the task at {str(head)[:12]}",
            f"Go on with a copy (git phc fork {task.id.short}), or put yours aside "
            f"(git branch -m {branch} {branch}-mine), then pick again",
        )
    if tip is None or head is None or tip == head:
        return None
    if not is_merged(repo, tip, str(head)):
        raise Conflict(
            f"the branch {branch} has gone another way here: it is at {tip[:12]}, "
            f"and the task at {str(head)[:12]}",
            f"Put yours aside (git branch -m {branch} {branch}-mine), join them after that "
            f"(git merge {branch}-mine), or go on with a copy: git phc fork {task.id.short}",
        )
    for tree in list_worktrees(repo):
        own = checkout is not None and checkout.worktree == Path(tree.path)
        if tree.branch == f"refs/heads/{branch}" and not own:
            raise Refused(
                f"the branch {branch} is checked out in {tree.path}",
                "Switch to another one there, then pick again",
            )
    return Move(f"refs/heads/{branch}", tip, str(head))


def _refuse_uncarried(checkout: Repo) -> None:
    from git_phc.git.checkpoint import uncarried

    if left := uncarried(checkout):
        raise Refused(
            f"{checkout.worktree} holds work that cannot be kept: {', '.join(left[:5])}",
            "Move it away, then pick again",
        )
