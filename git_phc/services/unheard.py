"""What people have said of a task who are not trusted here, and what is therefore looked past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere


def unheard(ctx: Context, task: Task) -> list[tuple[str, str]]:
    """What waits: pairs of "message", "answer", "stop", "command" or "autonomy", and a person. Of
    a task that is another clone's only that one can tell, and what was never shared nobody else has
    spoken to.
    """
    run = task.body.get("run") or {}
    stops = [run["stop"]] if task.is_open and "stop" in run else []
    waits = task.pending or stops or task.status == "waiting"
    was_changed = task.has_terms_of_others(ctx.clone)
    if not (waits or was_changed):
        return []
    if ctx.sharings.arbiter(task.id) is None or is_elsewhere(ctx, task):
        return []
    said = _said(ctx, task, run, stops) if waits else []
    return [*_refused(ctx, task), *said] if was_changed else said


def _refused(ctx: Context, task: Task) -> list[tuple[str, str]]:
    from git_phc.services.terms import refused  # as below

    return [(name, str(stamp["who"])) for name, stamp in refused(ctx, task).items()]


def _said(
    ctx: Context, task: Task, run: Mapping[str, Any], stops: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    from git_phc.services.actors import unanswered, who_counts  # most who look come not so far
    from git_phc.store.tasks import load

    state, counts = load(ctx.repo, task.id, task.tip).state, who_counts(ctx)
    messages = state.logs.get("messages", {})
    asks = {ask["id"] for ask in unanswered(state, str(run.get("id")), counts)}
    said = {
        "message": [messages[EventId(id)] for id in task.pending],
        "answer": [item for item in state.ordered("answers") if item.get("ask") in asks],
        "stop": stops,
    }
    pairs = [(what, str(item["who"])) for what in said for item in said[what] if not counts(item)]
    return list(dict.fromkeys(pairs))
