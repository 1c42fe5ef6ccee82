"""What may happen to a task: an intent and the task as it is make events, or a refusal.

Only here are transitions checked. The fold believes what it is told: a clone that hears of
two honest events in another order must not refuse one of them.

Functions are named in the imperative, for the intent; they answer with the bodies of the
events to append, in order, or raise Refused. An event that few intents end in is imported there:
each run loads this module, and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from git_phc.errors import ClaimLost, Refused
from git_phc.model.events.body import Body
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.run_ended import RunEnded
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.ids import EventId
from git_phc.model.task import CLOUD, Task
from git_phc.model.text import Text

if TYPE_CHECKING:
    from git_phc.model.events.asked import Asked
    from git_phc.model.events.claimed import Claimed
    from git_phc.model.events.denied import Denied
    from git_phc.model.events.merged import Merged
    from git_phc.model.events.used import Used

PICKED = "picked up"  # the reason of a run that was none: the task has only come here

NEXT: dict[str, frozenset[str]] = {
    "queued": frozenset({"preparing", "cancelled", "failed"}),
    "preparing": frozenset({"running", "failed", "cancelled"}),
    "running": frozenset({"waiting", "ready", "failed", "cancelled"}),
    "waiting": frozenset({"running", "queued", "preparing", "failed", "cancelled"}),
    "ready": frozenset({"queued", "preparing", "done", "cancelled"}),
    "failed": frozenset({"queued", "preparing", "done"}),
    "cancelled": frozenset({"queued", "preparing", "done"}),
    "done": frozenset({"queued", "preparing"}),
}


def check(task: Task, status: str) -> None:
    """Raises Refused when a task that is as this one cannot become `status`."""
    if status not in NEXT.get(task.status, frozenset()):
        raise Refused(f"a task that is {task.status} cannot become {status}", _way_out(task))


def _way_out(task: Task) -> str:
    if task.status in ("queued", "preparing", "running", "waiting"):
        return f"End its run first: git phc stop {task.id.short}"
    return f"See how it stands: git phc show {task.id.short}"


def claim(task: Task, *, host: str, mode: str, holder_is_dead: bool) -> Claimed:
    """To run the task, by whoever will append this.

    `holder_is_dead`: the caller has made sure that nobody works under the open claim (the
    supervisor's lock is free, or the lease has not moved), so it may be followed.
    """
    from git_phc.model.events.claimed import Claimed

    if task.deleted:
        raise Refused("this task is deleted", f"Bring it back: git phc undo {task.id.short}")
    if task.archived:
        raise Refused("this task is archived", f"Bring it back: git phc unarchive {task.id.short}")
    if task.is_open and not holder_is_dead:
        holder = task.run.claim.get("host") if task.run else None
        raise Refused(
            f"this task already runs on {holder}",
            f"Follow it: git phc attach {task.id.short}; end it: git phc stop {task.id.short}",
        )
    former = task.run if task.run and task.run.claim else None
    after = EventId(former.id) if former else None
    return Claimed((former.n if former else 0) + 1, after, host, mode)


def held(task: Task, claim: EventId) -> None:
    """Raises ClaimLost when `claim` is not the one that is held: the fence of every holder."""
    if not task.run or task.run.id != claim or not task.run.is_open:
        raise ClaimLost(
            "this run has lost its claim to the task",
            f"What it did is kept; see git phc show {task.id.short}",
        )


def progress(task: Task, claim: EventId, status: str, reason: str | None = None) -> Sequence[Body]:
    """The holder reports another status."""
    held(task, claim)
    if status != task.status:
        check(task, status)
    return [Progressed(claim, status, reason)]


def name_session(task: Task, claim: EventId, session: str) -> Sequence[Body]:
    """The holder says under which name its agent keeps the conversation."""
    held(task, claim)
    if task.run and task.run.session == session:
        return []
    return [Progressed(claim, task.status, session=session, agent=task.agent)]


def ask(task: Task, asked: Asked) -> Sequence[Body]:
    """The holder's agent asks, and waits."""
    held(task, asked.claim)
    if task.status != "waiting":
        check(task, "waiting")
    return [asked]


def answer(
    task: Task, ask: EventId, option: str | None, name: str | None, text: Text | None
) -> Sequence[Body]:
    """Anyone answers what the task waits for; once."""
    from git_phc.model.events.answered import Answered

    if not any(one["id"] == ask for one in task.waiting):
        raise Refused("nothing waits for this answer any more", _way_out(task))
    return [Answered(ask, option, name, text)]


def withdraw(task: Task, claim: EventId, ask: EventId) -> Sequence[Body]:
    """The holder's agent does not wait for this answer any more."""
    from git_phc.model.events.answered import WITHDRAWN, Answered

    held(task, claim)
    return [Answered(ask, name=WITHDRAWN)]


def go_on(task: Task, claim: EventId) -> Sequence[Body]:
    """The holder's agent was given an answer: it goes on, or waits for another one. Said in any
    case, so that what was answered before this is known to be used.
    """
    if task.waiting:
        return progress(task, claim, "waiting", str(task.waiting[0].get("title")))
    return progress(task, claim, "running")


def use(task: Task, used: Used) -> Sequence[Body]:
    """The holder says what its run has used so far."""
    held(task, used.claim)
    return [used]


def deny(task: Task, denied: Denied) -> Sequence[Body]:
    """The holder says what was denied to its run."""
    held(task, denied.claim)
    return [denied]


def start_turn(task: Task, claim: EventId) -> Sequence[TurnStarted]:
    """The holder gives the agent the next message; nothing when a stop was asked for."""
    held(task, claim)
    if task.run and task.run.stop_requested:
        return []
    messages = tuple(EventId(id) for id in task.pending[:1])
    return [TurnStarted(claim, task.turn + 1, messages)]


def end_run(
    task: Task,
    claim: EventId,
    outcome: str,
    *,
    exit_code: int | None = None,
    reason: str | None = None,
) -> Sequence[Body]:
    """The holder ends its run; nothing when it should go on, since a message has come, or the
    answer that it has waited for.
    """
    held(task, claim)
    stopped = task.run is not None and task.run.stop_requested
    has_come = {"ready": bool(task.pending), "waiting": task.is_answered}
    if has_come.get(outcome) and not stopped:
        return []
    end = RunEnded(claim, outcome, exit_code, reason)
    if task.status == "waiting" and outcome == "ready":  # its agent has not waited for the answer
        return [Progressed(claim, "running"), end]
    if outcome != task.status:
        check(task, outcome)
    return [end]


def stop(task: Task) -> Sequence[Body]:
    """Anyone asks for the run to end; what only waits, and is nobody's, is cancelled at once."""
    from git_phc.model.events.stop_requested import StopRequested

    if not task.is_open or task.run is None:
        if task.status not in ("queued", "waiting"):
            raise Refused("nothing of this task is running", _way_out(task))
        return [Progressed(_last(task), "cancelled")]
    if task.run.stop_requested:
        return []
    return [StopRequested(EventId(task.run.id))]


def finish(task: Task) -> Sequence[Body]:
    """Somebody marks the task done."""
    from git_phc.model.events.finished import Finished

    if task.is_done:
        raise Refused("this task is done already", f"Take it back: git phc undo {task.id.short}")
    _at_rest(task, "done")
    check(task, "done")
    return [Finished(task.run.n if task.run else 0)]


def rewind(task: Task) -> Sequence[Body]:
    """Raises Refused for a task whose files cannot be taken back just now."""
    _at_rest(task, "rewound")
    if task.deleted or task.archived or task.is_done:
        raise Refused(
            "this task is put away, so there are no files to take back",
            f"Bring it back first: git phc undo {task.id.short}",
        )
    return []


def merge(task: Task, merged: Merged) -> Sequence[Body]:
    """The task's work has landed, and it is done. The merge comes last: it is what `undo` meets."""
    return [*finish(task), merged]


def hand_off(task: Task, to: str) -> Sequence[Body]:
    """Gives a task at rest away."""
    from git_phc.model.events.handed_off import HandedOff

    _at_rest(task, "handed off")
    if task.deleted or task.archived or task.is_done:
        raise Refused(
            "this task is put away, so there is nothing to hand off",
            f"Bring it back first: git phc undo {task.id.short}",
        )
    return [HandedOff(_last(task), to)]


def enqueue(task: Task) -> Sequence[Body]:
    """A task at rest shall be gone on with by any worker; one that was done is taken up again."""
    from git_phc.model.events.finished import Finished
    from git_phc.model.events.handed_off import HandedOff

    if task.deleted:
        raise Refused("this task is deleted", f"Bring it back: git phc undo {task.id.short}")
    if task.archived:
        raise Refused("this task is archived", f"Bring it back: git phc unarchive {task.id.short}")
    _at_rest(task, "queued")
    return [*([Finished(None)] if task.is_done else []), HandedOff(_last(task), CLOUD)]


def turn_away(task: Task, reason: str) -> Sequence[Body]:
    """A worker says why it does not take a task that waits for one; once."""
    from git_phc.model.events.handed_off import HandedOff

    if not task.awaits_worker or task.reason == reason:
        return []
    return [HandedOff(_last(task), CLOUD, reason)]


def release(task: Task, claim: EventId, reason: str) -> Sequence[Body]:
    """The holder gives the task back, to whichever worker is the next."""
    from git_phc.model.events.released import Released

    held(task, claim)
    return [Released(claim, reason)]


def _last(task: Task) -> EventId:
    """The latest claim; the root's id where there was none."""
    return EventId(task.run.id if task.run else task.root)


def arrive(task: Task, claim: EventId) -> Sequence[Body]:
    """The holder has taken the task over, and starts no agent: it rests here from now on."""
    held(task, claim)
    return [RunEnded(claim, "ready", reason=PICKED)]


def archive(task: Task) -> Sequence[Body]:
    """Somebody puts the task away, without a verdict."""
    from git_phc.model.events.archived import Archived

    if task.archived:
        raise Refused(
            "this task is archived already", f"Bring it back: git phc unarchive {task.id.short}"
        )
    _at_rest(task, "archived")
    return [Archived(True)]


def delete(task: Task) -> Sequence[Body]:
    """Somebody deletes the task. Its refs stay."""
    from git_phc.model.events.deleted import Deleted

    if task.deleted:
        raise Refused(
            "this task is deleted already", f"Bring it back: git phc undo {task.id.short}"
        )
    _at_rest(task, "deleted")
    return [Deleted(True)]


def _at_rest(task: Task, verb: str) -> None:
    if task.is_open:
        raise Refused(
            f"this task is {task.status}, so it cannot be {verb} now",
            f"End its run first: git phc stop {task.id.short}",
        )


def undo(task: Task, verb: str) -> Sequence[Body]:
    """Takes back the mark that `verb` ("done", "delete", "archive" or "merge") set."""
    from git_phc.model.events.archived import Archived
    from git_phc.model.events.deleted import Deleted
    from git_phc.model.events.finished import Finished
    from git_phc.model.events.merged import Merged

    back: dict[str, tuple[bool, Body]] = {
        "done": (task.is_done, Finished(None)),
        "delete": (task.deleted, Deleted(False)),
        "archive": (task.archived, Archived(False)),
        "merge": (bool(task.merged), Merged()),
    }
    is_set, body = back[verb]
    if not is_set:
        raise Refused(f"there is no {verb} of this task to take back", _way_out(task))
    return [Finished(None), body] if verb == "merge" else [body]


def label(task: Task, add: Sequence[str], remove: Sequence[str]) -> Sequence[Body]:
    """Labels that are on, or off, already are left out."""
    from git_phc.model.events.labelled import Labelled

    on = frozenset(task.labels)
    new = tuple(dict.fromkeys(name for name in add if name not in on))
    old = tuple(dict.fromkeys(name for name in remove if name in on))
    return [Labelled(new, old)] if new or old else []
