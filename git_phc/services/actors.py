"""Whose words count where a task runs: what is said in this clone, and by those who are trusted.

An address alone proves nothing: whoever may push to a remote may write under any name. So
nobody is trusted unasked, and where `phc.sign` is "required" what comes in is signed by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from git_phc.errors import UsageError
from git_phc.host.paths import read_text, replace_file
from git_phc.model.codec import Json
from git_phc.model.events.answered import withdraws
from git_phc.model.ids import EventId
from git_phc.model.state import State
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.policy import policy_here
from git_phc.services.trust import consents, refuse_in_a_run

Said = Mapping[str, Json]  # with `who` and `clone`
Counts = Callable[[Said], bool]


def trusted(ctx: Context) -> list[str]:
    """The addresses of the people who are trusted here; see `services.trust` for where."""
    return (read_text(_file(ctx)) or "").split()


def trust_actor(ctx: Context, email: str) -> None:
    """From now on this person's words count here."""
    refuse_in_a_run(ctx)
    _write(ctx, {*trusted(ctx), email.lower()})


def distrust_actor(ctx: Context, email: str) -> bool:
    """They no longer do; says whether they did."""
    known = trusted(ctx)
    _write(ctx, {*known} - {email.lower()})
    return email.lower() in known


def _write(ctx: Context, emails: set[str]) -> None:
    replace_file(_file(ctx), "".join(f"{email}\n" for email in sorted(emails)).encode())


def _file(ctx: Context) -> Path:
    return consents(ctx) / "actors"


def who_counts(ctx: Context) -> Counts:
    """Tells of an item that somebody said whether it counts here, as of when it is asked."""
    policy = policy_here(ctx)

    def counts(said: Said) -> bool:
        if said.get("clone") == ctx.clone or policy.counts(address(str(said.get("who")))):
            return True
        return address(str(said.get("who"))).lower() in trusted(ctx)

    return counts


def is_address(text: str) -> bool:
    """Whether it looks like a person's e-mail address."""
    return bool(re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text))


def checked_address(text: str) -> str:
    """The same address. Raises UsageError for what is none."""
    if not is_address(text):
        raise UsageError(f"{text!r} is no e-mail address", "It is as in: git log --format=%ae")
    return text


def address(who: str) -> str:
    """The address in `Name <address>`."""
    return who.rpartition("<")[2].rstrip(">")


def heard(ctx: Context, task: Task) -> Task:
    """The task as it is for those whose words count here: without the messages that wait, the
    stop and the answers of others. Its state is read only where somebody has said something.
    """
    counts, body = who_counts(ctx), dict(task.body)
    run = dict(body.get("run") or {})
    if "stop" in run and not counts(run["stop"]):
        del run["stop"]
        body["run"] = run
    if task.pending:
        messages = ctx.tasks.load(task.id).state.logs.get("messages", {})
        body["pending"] = [id for id in task.pending if counts(messages[EventId(id)])]
    if task.status == "waiting":
        state = ctx.tasks.load(task.id).state
        body["waiting"] = unanswered(state, str(run.get("id")), counts)
    return replace(task, body=body)


def unanswered(state: State, claim: str, counts: Counts) -> list[Said]:
    """What is asked under this claim, and nobody who counts has answered, nor its own clone has
    taken back.
    """
    said = state.ordered("answers")
    answered = {item.get("ask") for item in said if counts(item)}
    back = {(item.get("ask"), item.get("clone")) for item in said if withdraws(item)}
    return [
        ask
        for ask in state.ordered("asks")
        if ask.get("claim") == claim
        and ask["id"] not in answered
        and (ask["id"], ask.get("clone")) not in back
    ]
