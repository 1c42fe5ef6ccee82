"""On whose terms an agent works here: what it is, what it may do unasked, and what command runs.

Whoever may push to a remote may edit a task. What they say about its title is shown like anybody's
word; what they say about how it runs counts as their messages do (`services.actors`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from git_phc.errors import NotTrusted
from git_phc.model.autonomy import after_plan, is_above, kind_of
from git_phc.model.codec import Json
from git_phc.model.task import TERMS, Task
from git_phc.services.actors import address, who_counts
from git_phc.services.context import Context


def of_others(ctx: Context, task: Task) -> dict[str, Mapping[str, Any]]:
    """The terms that were set last by somebody who does not count here, with the stamp of each."""
    if not task.has_terms_of_others(ctx.clone):
        return {}  # who else counts is written in files
    counts = who_counts(ctx)
    written = {name: stamp for name in TERMS if (stamp := task.written(name))}
    return {name: stamp for name, stamp in written.items() if not counts(stamp)}


def refused(ctx: Context, task: Task) -> dict[str, Mapping[str, Any]]:
    """Those of them that no run here begins with: a command, and a level at which an agent does
    more unasked than this user lets any.
    """
    strange = of_others(ctx, task)
    return {name: stamp for name, stamp in strange.items() if _matters(ctx, task, name)}


def _matters(ctx: Context, task: Task, term: str) -> bool:
    value = task.cell(term)
    if term != "autonomy":
        return term == "command" and bool(value)
    return is_above(str(value), own_level(ctx)) and not _was_approved(ctx, task, str(value))


def _was_approved(ctx: Context, task: Task, level: str) -> bool:
    """Whether somebody who counts here has approved a plan of the task's, after which its agent
    goes on at this level: that is then written by the clone that ran it.
    """
    state, counts = ctx.tasks.load(task.id).state, who_counts(ctx)
    plans = {ask["id"]: ask for ask in state.ordered("asks") if ask.get("question") == "plan"}
    approved = (
        after_plan(kind_of(plans[item["ask"]], str(item.get("option"))))
        for item in state.ordered("answers")
        if item.get("ask") in plans and counts(item)
    )
    return level in approved


def require_terms(ctx: Context, task: Task) -> None:
    """Raises NotTrusted where a run would do what only a stranger has said."""
    for name, stamp in refused(ctx, task).items():
        who, value = str(stamp.get("who")), task.cell(name)
        if name == "command":
            what, own = f"runs the command {shlex.join(map(str, value))}", ""
        else:
            what = f"lets its agent work at {value}"
            own = f"; or: git phc edit {task.id.short} --autonomy {own_level(ctx)}"
        raise NotTrusted(
            f"{who} has made this a task that {what}, in another clone, and is not trusted here",
            f"Let them: git phc trust --actor {shlex.quote(address(who))}{own}",
        )


def own_level(ctx: Context) -> str:
    """The autonomy that this user gives to an agent where nothing else is said."""
    return ctx.setting("autonomy") or "ask"


class Terms:
    """The terms of one run. It begins with those of its claim; a stranger's word changes none."""

    def __init__(self, ctx: Context, task: Task) -> None:
        self._ctx = ctx
        self._values: dict[str, Json] = {name: task.cell(name) for name in TERMS}

    def applied(self, task: Task) -> Task:
        """The task as it is on these terms: for asking, never for writing."""
        strange = of_others(self._ctx, task)
        self._values |= {name: task.cell(name) for name in TERMS if name not in strange}
        return task.changed(**{name: self._values[name] for name in strange}) if strange else task
