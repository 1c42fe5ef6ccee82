"""A task as data for others: the JSON of `cli.md`. Keys that do not apply are absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from git_phc.model.task import RunView, Task
from git_phc.services.context import Context
from git_phc.services.disk import known_size
from git_phc.services.place import known_place
from git_phc.services.seen import seen
from git_phc.services.unheard import unheard

Data = dict[str, Any]


def describe(ctx: Context, task: Task, prompt: str | None = None) -> Data:
    """The task; `prompt` where the whole of it is at hand, else its first 4 KiB."""
    task, status = seen(ctx, task)
    place, sharing = known_place(ctx, task), ctx.sharings.of(task.id, task.tip)
    contested = {name: task.contested(name) for name in ("title", "assignee")}
    body: Data = {
        "id": task.id,
        "short": task.id.short,
        "title": task.title,
        "prompt": task.prompt if prompt is None else prompt,
        "prompt_bytes": task.prompt_bytes if prompt is None else None,
        "status": status,
        "since": task.since,
        "contested": {name: others for name, others in contested.items() if others} or None,
        "attempt": task.attempt.data() if task.attempt else None,
        "mode": task.mode,
        "agent": task.agent,
        "autonomy": task.cell("autonomy"),
        "environment": task.cell("environment"),
        "sandbox": task.sandbox,
        "branch": task.branch,
        "base": task.base,
        "head": (task.checkpoint or {}).get("head"),
        "worktree": str(place) if place else None,
        "labels": task.labels,
        "assignee": task.cell("assignee"),
        "author": task.author,
        "owner": _owner(task),
        "arbiter": sharing.remote or "here",
        "handoff": task.handoff,
        "created": task.created,
        "updated": task.updated,
        "archived": task.archived,
        "deleted": task.deleted or None,
        "pinned": task.pinned,
        "run": describe_run(task.run) if task.run else None,
        "waiting": [_asked(ask) for ask in task.waiting] or None,
        "unheard": _unheard(ctx, task),
        "denied": task.denied,
        "usage": usage(task.usage),
        "changes": (task.checkpoint or {}).get("changes") or None,
        "shared": sharing.remote is not None,
        "remote": sharing.remote,
        "unpushed": sharing.unpushed if sharing.remote else None,
    }
    shown = {name: value for name, value in body.items() if value is not None}
    return shown | ({"disk": known_size(ctx, task.id)} if place and task.mode != "local" else {})


def _owner(task: Task) -> Data | None:
    """Whose the task is: of who runs it, or ran it last, unless it was given away."""
    if not task.run or not task.run.claim or task.handoff:
        return None
    claim = task.run.claim
    return {"clone": claim.get("clone"), "host": claim.get("host"), "person": claim.get("who")}


def _unheard(ctx: Context, task: Task) -> list[Data] | None:
    return [{"what": what, "who": who} for what, who in unheard(ctx, task)] or None


def _asked(ask: Mapping[str, Any]) -> Data:
    """What is asked, without the stamps that nobody outside needs; a long text is cut."""
    text = ask.get("text")
    head = text.get("head") if isinstance(text, Mapping) else text
    names = ("id", "at", "question", "title", "tool", "command", "paths", "options")
    shown = {name: ask[name] for name in names if name in ask}
    return shown | ({"text": head} if head else {})


def usage(sums: Mapping[str, Any]) -> Data | None:
    """Tokens, and US dollars where a price was told; None where nothing was."""
    if not sums:
        return None
    found: Data = {name: sums[name] for name in ("input", "output", "cached") if name in sums}
    return found | ({"usd": sums["micros"] / 1_000_000} if "micros" in sums else {})


def describe_run(run: RunView) -> Data | None:
    """One run; None for what was said before the first claim."""
    if not run.claim:
        return None
    ended: Mapping[str, Any] = run.ended or {}
    body = {
        "id": run.id,
        "host": run.claim.get("host"),
        "started": run.claim.get("at"),
        "ended": ended.get("at"),
        "outcome": ended.get("outcome"),
        "exit_code": ended.get("exit_code"),
        "session": run.session,
        "usage": usage(run.body.get("usage", {})),
    }
    return {name: value for name, value in body.items() if value is not None}
