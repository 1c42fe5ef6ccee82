"""A new task from a checkpoint of another one: its files, and its conversation until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.refs import Move, read_ref
from git_phc.model.codec import Json
from git_phc.model.events.body import Body, present
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.ids import EventId
from git_phc.model.origin import Origin
from git_phc.model.state import State
from git_phc.model.task import Task
from git_phc.model.text import text_from_string
from git_phc.model.visible import conversation, session_of
from git_phc.services.chain import Item, event_again, numbered, state_again
from git_phc.services.context import Context
from git_phc.services.end import keep_all
from git_phc.services.find import remember
from git_phc.services.launch import take_lock
from git_phc.services.need import need
from git_phc.services.place import checkout_of, site_for
from git_phc.services.start import branch_name
from git_phc.services.story import first_message
from git_phc.services.terms import require_terms
from git_phc.store import layout
from git_phc.store.tasks import load
from git_phc.workspaces.place import Say, workspace_for

FIELDS = ("title", "agent", "autonomy", "model", "command", "base", "environment", "sandbox")


class Forked(Struct, frozen=True):
    """The new task, the checkpoint it has begun from, and its folder."""

    task: Task
    number: int
    place: Path


def fork(ctx: Context, task: Task, number: int | None, say: Say) -> Forked:
    """A new task from checkpoint `number`, or from how `task` stands now.

    It is at rest, in a worktree and on a branch of its own; `send` gives it work. Raises Refused
    in the middle of what would end on the branch of `task`, NotTrusted where only a stranger has
    said how it runs.
    """
    require_terms(ctx, task)  # they become the user's own
    need(ctx, task, "work", "runs")
    if number is None:
        task = _kept_now(ctx, task)
    state = load(ctx.repo, task.id, task.tip).state
    item = numbered(state, task, number) if number is not None else _newest(state, task)
    _refuse_tied(ctx, task, item)
    whole = text_from_string(first_message(ctx, task, state))
    reason = f"fork of {task.id.short} at {item['number']}"

    def then(new: Task) -> Sequence[Body]:
        branch = branch_name(ctx, new.title, new.id)
        link, move = state_again(ctx, item, task=new.id, number=0, reason=reason, branch=branch)
        moves[:] = [move, *_transcripts(ctx, task, new)]
        event = event_again(item, link, number=0, reason=reason)
        return [Edited({"branch": branch}), *_said_before(new, item), event]

    moves: list[Move] = []
    fields = _fields(task, state, item)
    first: list[Body] = [Created(), Edited(fields), Messaged(whole[0])]
    new = ctx.tasks.create(first, then, whole[1], lambda _: moves)
    remember(ctx, new.id)
    place = workspace_for("worktree").prepare(site_for(ctx, new), new, say)
    return Forked(new, int(item["number"]), place)


def _kept_now(ctx: Context, task: Task) -> Task:
    """The task, with a checkpoint of how it stands; while a run is on the last one must do."""
    checkout = None if task.is_open or task.mode == "local" else checkout_of(ctx, task)
    if checkout is None:
        return task
    with take_lock(ctx, task.id):
        return keep_all(ctx, task, checkout, "fork")


def _refuse_tied(ctx: Context, task: Task, item: Item) -> None:
    from git_phc.git.checkpoint import tied_to_branch

    if what := tied_to_branch(ctx.repo, str(item["link"])):
        short = task.id.short
        raise Refused(
            f"{what} was under way in {short} at checkpoint {item['number']}, "
            "and a fork would end it on the branch of that task",
            f"End it there first, or see what else to begin from: git phc checkpoints {short}",
        )


def _newest(state: State, task: Task) -> Item:
    items = state.ordered("checkpoints")
    return items[-1] if items else numbered(state, task, 0)


def _fields(task: Task, state: State, item: Item) -> Mapping[str, Json]:
    turns = conversation(task.origin, state, int(item["number"]))
    session = session_of(task.origin, state, task.agent, turns[-1]) if turns else None
    origin = Origin(task.id, int(item["number"]), tuple(turns), task.agent, session)
    known = {name: task.cell(name) for name in FIELDS}
    return present({**known, "mode": "worktree", "forked": origin.data()})


def _said_before(new: Task, item: Item) -> Sequence[Body]:
    """Its prompt was given to the agent already, unless it begins before the first turn."""
    root = EventId(new.root)
    ready = Progressed(root, "ready")
    if not item["turn"]:
        return [ready]
    given = tuple(EventId(id) for id in new.pending)
    return [TurnStarted(root, int(item["turn"]), given), ready]


def _transcripts(ctx: Context, task: Task, new: Task) -> list[Move]:
    """What was said until then is the new task's, too: the same objects under its own ref."""
    runs = read_ref(ctx.repo, layout.runs_ref(task.id))
    return [Move(layout.runs_ref(new.id), None, runs)] if runs else []
