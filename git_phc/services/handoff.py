"""Gives a task away, whole: files, conversation, commits; to a person, or to another mode here.

The giver's work is kept and sent before anybody may take it, in one step with the word that it
may be taken. Only then does the folder go; a failure before that leaves all as it was.
"""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from git_phc.errors import PhcError, Refused, UsageError
from git_phc.git.repo import Repo
from git_phc.git.under_way import refuse_under_way
from git_phc.git.worktrees import branch_tip, current_branch, resolve_commit
from git_phc.model import decide
from git_phc.model.events.edited import MODES, Edited
from git_phc.model.task import CLOUD, Task
from git_phc.services.actors import is_address
from git_phc.services.arbiter import say_there
from git_phc.services.cloud import enqueue, queued
from git_phc.services.cloud import stop as stop_there
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere, refuse_elsewhere
from git_phc.services.end import (
    Ended,
    clear_away,
    keep_all,
    refuse_interrupted,
    refuse_uncarried,
)
from git_phc.services.keep import keep_aside
from git_phc.services.launch import take_checkout, take_lock
from git_phc.services.outgoing import Agree
from git_phc.services.pick import pick
from git_phc.services.place import checkout_of, find_place, in_another_place, require_place, site
from git_phc.services.pull import take_in
from git_phc.services.push import push
from git_phc.services.start import branch_name
from git_phc.services.talk import stop
from git_phc.store import layout
from git_phc.store.arbiters import arbiter
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import Say, workspace_for

STOP_WAIT = 120.0  # seconds in which a worker must have heard of a stop, and ended the run
STOP_LOOK = 1.0  # seconds between two looks whether it has


class Handed(Struct, frozen=True):
    """What came of it: the task; the folder that it has now here; how the former one went."""

    task: Task
    place: Path | None = None
    ended: Ended | None = None


def check_receiver(to: str) -> None:
    """Raises UsageError for what is neither a mode nor a person's address."""
    if to not in MODES and not is_address(to):
        raise UsageError(
            f"{to!r} is nobody to hand a task to",
            f"It is {', '.join(MODES)}, or a person's e-mail address",
        )


def to_person(ctx: Context, task: Task, person: str, remote: str, agree: Agree) -> Handed:
    """Shares the task by `remote`, where it is not shared yet, and gives it to a person there.

    Raises Refused while another clone has it; RemoteFailed where nothing could be sent.
    """
    if _is_cut_off(ctx, task, person):
        with take_lock(ctx, task.id):
            task = read_task(ctx.repo, task.id)
            if _is_cut_off(ctx, task, person):  # still: nobody has finished it, or picked the task
                task = _kept(ctx, task, "handoff")
                return Handed(task, ended=clear_away(ctx, task, drops=False))
    task = _at_rest(ctx, task)
    with take_lock(ctx, task.id):
        task = _kept(ctx, read_task(ctx.repo, task.id), "handoff")
        _send(ctx, task, arbiter(ctx.repo, task.id) or remote, agree)
        task = say_there(
            ctx, task.id, lambda now: decide.hand_off(now, person), kinds=("work", "runs")
        )
        if task.mode == "local":
            return Handed(task)
        return Handed(task, ended=clear_away(ctx, task, drops=False))


def _is_cut_off(ctx: Context, task: Task, person: str) -> bool:
    """Whether an earlier call was killed when the task was theirs, and its folder still here."""
    is_theirs = task.handoff == person and not task.is_open and not is_elsewhere(ctx, task)
    return is_theirs and task.mode == "worktree" and find_place(ctx, task) is not None


def _send(ctx: Context, task: Task, remote: str, agree: Agree) -> None:
    """All of the task is there before it can be taken. Raises Refused where it is not."""
    for one in push(ctx, remote, [task.id], agree=agree):
        if one.outcome not in ("pushed", "shared"):
            raise Refused(
                f"the task could not be sent to {remote}: {one.why or one.outcome}",
                f"It is still yours. See: git phc push {task.id.short}",
            )


def to_cloud(ctx: Context, task: Task, remote: str, agree: Agree) -> Handed:
    """The task goes on on whichever worker takes it first from the queue of its arbiter, or of
    `remote`, where it is not shared yet. Raises Refused where it is there already.
    """
    remote = arbiter(ctx.repo, task.id) or remote
    if task.mode == CLOUD:
        if left := _left_behind(ctx, task):
            return left
        if not task.awaits_worker or queued(ctx, remote, task.id):
            raise Refused(
                f"this task is a cloud task already; it is {task.status}",
                f"Queue it again: git phc resume {task.id.short}",
            )
        return Handed(enqueue(ctx, task.id, remote, agree=agree))
    task = _at_rest(ctx, task)
    with take_lock(ctx, task.id):
        task = _kept(ctx, read_task(ctx.repo, task.id), "handoff")
        branch = task.branch if task.mode == "worktree" else _free_branch(ctx, task)
        fields = Edited({"mode": CLOUD, "branch": branch})
        now = enqueue(ctx, task.id, remote, lambda _: [fields], agree)
        if task.mode == "local":
            return Handed(now)
        return Handed(now, ended=replace(clear_away(ctx, task, drops=False), task=now))


def _left_behind(ctx: Context, task: Task) -> Handed | None:
    """Takes away the folder of an earlier call that was killed when the task was the cloud's by
    then. What somebody has changed there since is kept aside: the task's own work goes on there.
    """
    former = task.changed(mode="worktree")
    if layout.policy_file(ctx.repo).exists() or find_place(ctx, former) is None:
        return None  # in a worker's repository a folder of the task's is its clone
    with take_lock(ctx, task.id):
        checkout = checkout_of(ctx, former)
        if checkout is None:
            return None
        refuse_uncarried(checkout)
        keep_aside(ctx, task, checkout, "left by a handoff")
        return Handed(task, ended=replace(clear_away(ctx, former, drops=False), task=task))


def from_cloud(ctx: Context, task: Task, mode: str, say: Say) -> Handed:
    """A task of the cloud goes on here, with all that its worker has done; the run is ended."""
    if mode == "local":
        _refuse_changes(ctx.repo)
    if task.is_open:
        task = _ended_there(ctx, stop_there(ctx, task))
    picked = pick(ctx, task, say)
    if mode == "local":
        return to_local(ctx, picked.task, say)
    return Handed(picked.task, picked.place)


def _ended_there(ctx: Context, task: Task) -> Task:
    """The task when its worker has ended its run, and sent it."""
    remote, deadline = arbiter(ctx.repo, task.id), ctx.clock.monotonic() + STOP_WAIT
    while task.is_open and remote:
        if ctx.clock.monotonic() > deadline:
            raise PhcError(
                f"its worker has not ended the run within {STOP_WAIT:.0f} seconds; the stop stands",
                f"Try again, or follow it: git phc attach {task.id.short}",
            )
        ctx.clock.sleep(STOP_LOOK)
        take_in(ctx, remote, [task.id])
        task = read_task(ctx.repo, task.id)
    return task


def to_worktree(ctx: Context, task: Task, say: Say) -> Handed:
    """A local task goes on in a worktree; the checkout stays as it is, to the last byte."""
    if task.goes_by_queue:
        return from_cloud(ctx, task, "worktree", say)
    _refuse_same(task, "worktree")
    task = _at_rest(ctx, task)
    with take_lock(ctx, task.id):
        task = _kept(ctx, read_task(ctx.repo, task.id), "handoff")
        fields = {"mode": "worktree", "branch": _free_branch(ctx, task)}
        with in_another_place(ctx, task):
            place = workspace_for("worktree").prepare(site(ctx), task.changed(**fields), say)
        return Handed(ctx.tasks.append(task.id, lambda _: [Edited(fields)]), place)


def _free_branch(ctx: Context, task: Task) -> str:
    """A branch for it that is not there yet: the checkout may be on the one it had before."""
    name = branch_name(ctx, task.title, task.id)
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(name for name in names if branch_tip(ctx.repo, name) is None)


def to_local(ctx: Context, task: Task, say: Say) -> Handed:
    """A task of a worktree goes on in the checkout that the command was typed in; that must be
    clean, and switches to the task's branch.
    """
    if task.goes_by_queue:
        return from_cloud(ctx, task, "local", say)
    _refuse_same(task, "local")
    task = _at_rest(ctx, task)
    checkout = ctx.repo
    _refuse_unclean(ctx, checkout, task)
    with take_lock(ctx, task.id), take_checkout(checkout, task.id):
        task = _kept(ctx, read_task(ctx.repo, task.id), "handoff")
        link = str((task.checkpoint or {})["link"])
        ended = clear_away(ctx, task, drops=False)
        try:
            place = _into(ctx, checkout, task, link, say)
        except (PhcError, OSError, KeyboardInterrupt):
            workspace_for("worktree").prepare(site(ctx), task, say)
            raise
        task = ctx.tasks.append(task.id, lambda _: [Edited({"mode": "local"})])
        return Handed(task, place, ended)


def _into(ctx: Context, checkout: Repo, task: Task, link: str, say: Say) -> Path:
    """The checkout as the task's folder was; as it was before, where that fails."""
    from git_phc.git.checkpoint import bring

    branch, commit = current_branch(checkout), resolve_commit(checkout, "HEAD")
    back = [branch] if branch else ["--detach", str(commit)]
    with in_another_place(ctx, task):
        place = workspace_for("local").prepare(site(ctx), task.changed(mode="local"), say)
        try:
            bring(checkout, link)
        except (PhcError, OSError, KeyboardInterrupt):
            checkout.git("switch", "--quiet", "--no-guess", *back)
            raise
    return place


def _refuse_same(task: Task, mode: str) -> None:
    if task.mode == mode:
        raise Refused(
            f"this task is a {mode} task already", f"Go on: git phc resume {task.id.short}"
        )


def _refuse_unclean(ctx: Context, checkout: Repo, task: Task) -> None:
    if checkout.worktree is None:
        raise Refused("a local task needs a checkout, and this is a bare repository")
    if checkout.worktree == require_place(ctx, task):
        raise Refused(
            "this is the task's own worktree, which goes away",
            "Go to the checkout that shall have it, then try again",
        )
    _refuse_changes(checkout)


def _refuse_changes(checkout: Repo) -> None:
    from git_phc.git.checkpoint import refuse_hidden

    refuse_under_way(checkout)
    if checkout.git("status", "--porcelain", "-z").out:
        raise Refused(
            f"{checkout.worktree} has changes of its own",
            "Commit or stash them, then try again: git stash push -u",
        )
    refuse_hidden(checkout)


def _at_rest(ctx: Context, task: Task) -> Task:
    """The task when its run, if there is one, has come to its end."""
    refuse_interrupted(ctx, task)
    refuse_elsewhere(ctx, task)
    if task.is_open:
        task = stop(ctx, task, lambda _: None)
    decide.hand_off(task, "")  # refuses before anything is touched
    return task


def _kept(ctx: Context, task: Task, reason: str) -> Task:
    """The task, with a checkpoint of its folder as it is now."""
    checkout = checkout_of(ctx, task)
    if checkout is None:
        require_place(ctx, task)
        return task
    return keep_all(ctx, task, checkout, reason)
