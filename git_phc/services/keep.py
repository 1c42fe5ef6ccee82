"""Keeps the state of a task's workspace: the one way in which checkpoints are taken.

Called before the first turn, after every turn, and before anything that could lose. The
link goes to `refs/phc/work/<task>`, and an event tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_phc.errors import Conflict, PhcError
from git_phc.git.canary import Canary
from git_phc.git.housekeeping import TRIES, hold, outlasting, publish
from git_phc.git.loose import unwritable
from git_phc.git.refs import Move, read_ref
from git_phc.git.repo import Repo
from git_phc.git.worktrees import branch_tip
from git_phc.model import decide
from git_phc.model.codec import Json
from git_phc.model.events.body import Body
from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.services.changes import commits_since, count_changes
from git_phc.services.context import LEAST_BLOB, MAX_BLOB, Context, signature
from git_phc.store import layout
from git_phc.workspaces.branch import MODE, TIP

if TYPE_CHECKING:
    from git_phc.git.checkpoint import Checkpoint


def keep(
    ctx: Context, task: Task, checkout: Repo, reason: str, *, claim: EventId | None = None
) -> tuple[Task, Checkpoint]:
    """Takes a checkpoint of `checkout` for the task, and says so on its ref.

    Under a `claim`, no ref moves that is no longer its holder's: ClaimLost when it is lost.
    """
    if claim:
        decide.held(ctx.tasks.load(task.id).task, claim)
    with at_rest(checkout):
        return _keep(ctx, task, checkout, reason, claim)


@contextmanager
def at_rest(checkout: Repo) -> Iterator[None]:
    """A checkout as it stands. In one that somebody writes whom we do not trust nothing moves
    while it lasts, and what it has is taken over first.
    """
    if not checkout.foreign:
        yield
        return
    from git_phc.git.foreign.take_in import take_in  # many import this module, and few come here
    from git_phc.host.stillness import stillness

    with stillness():
        take_in(checkout)
        yield


def _keep(
    ctx: Context, task: Task, checkout: Repo, reason: str, claim: EventId | None
) -> tuple[Task, Checkpoint]:
    ref = layout.work_ref(task.id)
    former = _former(ctx, task, ref)
    number = task.count("checkpoints")
    # In a rebase, say, HEAD is not on the task's own branch, and that one must come back, too
    tip = _branch_tip(ctx, checkout, task.branch) if task.branch and task.mode != "local" else None
    facts = {**_facts(task, number, reason, claim), TIP: tip}
    make = _making(ctx, task, checkout, former, f"checkpoint {number}: {reason}", facts)
    taken = _take(ctx, ref, former, make)
    body = _event(task, checkout, taken, number, reason, claim)
    return ctx.tasks.append(task.id, lambda now: _fenced(now, claim, body)), taken


def _former(ctx: Context, task: Task, ref: str) -> str | None:
    """The link that the ref names now; a kept reader tells when that is the one we know of."""
    known = str((task.checkpoint or {}).get("link"))
    if ctx.reader and ctx.reader.is_at(ref, known):
        return known
    return read_ref(ctx.repo, ref)


def _branch_tip(ctx: Context, checkout: Repo, branch: str) -> str | None:
    if ctx.reader and not checkout.foreign:  # one of a stranger's checkout may be another
        found = ctx.reader.find_or_none(f"refs/heads/{branch}^{{commit}}")
        return found.oid if found else None
    return branch_tip(checkout, branch)


def keep_aside(ctx: Context, task: Task, checkout: Repo, reason: str) -> Checkpoint:
    """Keeps the state of a checkout that has no place in the task's chain: in the trash."""
    ref = layout.trash_ref(task.id)
    former = read_ref(ctx.repo, ref)
    facts = _facts(task, 0, reason, None)
    with at_rest(checkout):
        make = _making(ctx, task, checkout, former, f"kept {reason}", facts)
        return _take(ctx, ref, former, make)


def _facts(task: Task, number: int, reason: str, claim: EventId | None) -> Mapping[str, Json]:
    return {"number": number, "reason": reason, "turn": task.turn, "run": claim, MODE: task.mode}


def _making(
    ctx: Context,
    task: Task,
    checkout: Repo,
    former: str | None,
    subject: str,
    facts: Mapping[str, Json],
) -> Callable[[], Checkpoint]:
    from git_phc.git.checkpoint import take  # many import this module, and few come here

    message = f"{subject}\n\nPhc-Task: {task.id}"
    max_blob = ctx.size("maxBlob", MAX_BLOB, LEAST_BLOB)
    return lambda: take(
        checkout, ctx.writer, previous=former, who=signature(ctx), message=message, facts=facts,
        max_blob=max_blob, also=[str(facts[TIP])] if facts.get(TIP) else [],
    )  # fmt: skip


def _take(ctx: Context, ref: str, former: str | None, make: Callable[[], Checkpoint]) -> Checkpoint:
    """Makes a checkpoint and names it; again where git has pruned parts of it meanwhile.

    Most of its objects are git's work, which we could not store again ourselves.
    """
    tip = former
    for left in reversed(range(TRIES)):
        with Canary(ctx.repo) as canary:
            try:
                taken = make()
                publish(ctx.repo, ctx.writer, [Move(ref, tip, taken.link)])
            except Conflict:
                raise
            except OSError as error:
                raise unwritable(error) from error
            except PhcError as error:
                if left and (canary.is_gone or _lost_file(error)):
                    continue
                raise
            tip = taken.link
            if not canary.is_gone or hold(ctx.repo, taken.link, [former, taken.head]):
                return taken
    raise PhcError(
        "git prunes what is not named yet, again and again, so the work cannot be kept",
        "Wait until git gc --prune=now has ended, then try again",
    )


def _lost_file(error: PhcError) -> bool:
    """Whether git could not write since a prune took what it was about to write to: a folder, for
    it was empty, or a pack that had not its name yet.
    """
    said = error.message
    return "unable to rename temporary" in said or (
        "unable to write file" in said and "No such file" in said
    )


def _fenced(now: Task, claim: EventId | None, body: Body) -> Sequence[Body]:
    if claim:
        decide.held(now, claim)
    return [body]


def _event(
    task: Task, checkout: Repo, taken: Checkpoint, number: int, reason: str, claim: EventId | None
) -> Body:
    former = task.checkpoint or {}
    return Checkpointed(
        number=number,
        link=taken.link,
        stash=taken.stash,
        head=taken.head,
        reason=reason,
        turn=task.turn,
        changes=_changes(task, checkout, taken),
        commits=_commits(task, checkout, former, taken, claim),
        claim=claim,
    )


def _changes(task: Task, checkout: Repo, taken: Checkpoint) -> Mapping[str, Json]:
    """Against the base in a worktree; in local mode against the first checkpoint, so that
    what the user had changed before is not counted.
    """
    if taken.stash is None:
        return {}
    stash = taken.stash
    return outlasting(checkout, lambda: count_changes(checkout, task, stash, taken.head))


def _commits(
    task: Task,
    checkout: Repo,
    former: Mapping[str, object],
    taken: Checkpoint,
    claim: EventId | None,
) -> tuple[str, ...]:
    before = former.get("head")
    if not before or not taken.head or before == taken.head:
        return ()
    if task.mode == "local" and former.get("claim") != claim:
        return ()  # between two runs a local task's checkout is the user's own
    return tuple(commits_since(checkout, str(before), taken.head))
