"""What the agent is given for a turn: the message, the settings, and its environment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from git_phc.git.repo import Repo
from git_phc.host.process import MARKER, Within
from git_phc.model import decide
from git_phc.model.ids import EventId
from git_phc.model.text import Text
from git_phc.plugins.protocols import Agent, Turn
from git_phc.run.desk import Given, given_answers
from git_phc.services.actors import who_counts
from git_phc.services.context import Context
from git_phc.services.variables import environment, guarded
from git_phc.store import layout
from git_phc.store.tasks import Loaded, whole_text

GO_ON = "Go on with the task."


def brief(
    ctx: Context, agent: Agent, claim: EventId, loaded: Loaded, checkout: Repo,
    given: Sequence[EventId], answers: Sequence[Given], within: Within | None = None,
) -> Turn:  # fmt: skip
    """The turn that was just started: the message that came with it; what was answered since
    the run before; that it shall go on; or the last message again.
    """
    task = loaded.task
    prompt = _text(ctx, loaded, given) if given else None
    if prompt is None and answers:
        prompt = "\n".join(map(_answered, answers)) + f"\n\n{GO_ON}"
    if prompt is None and agent.converses and _went_well(loaded):
        prompt = GO_ON
    if prompt is None:
        prompt = _last_message(ctx, loaded)
    path = layout.run_folder(ctx.repo, claim) / "prompt"
    cwd = checkout.worktree or checkout.git_dir
    names = ("command", "model", "autonomy")
    own = {name: value for name in names if (value := task.cell(name)) is not None}
    settings = {**ctx.agents.get(task.agent, {}), **own, "path": ctx.environ.get("PATH")}
    env = {**environment(ctx, task, cwd, inside=True), MARKER: claim}
    env = guarded(env) if agent.asks else env
    return Turn(prompt, path, cwd, env, path.parent, settings, within=within)


def carried_answers(ctx: Context, loaded: Loaded) -> list[Given]:
    """What was answered to the run before this one, when nobody worked on the task any more."""
    former = _former(loaded)
    return answers_of(ctx, loaded, former, unused=True) if former else []


def answers_of(ctx: Context, loaded: Loaded, claim: str, *, unused: bool) -> list[Given]:
    """What people who count here have answered to what that run asked; see `given_answers`."""

    def whole(text: Text) -> str:
        return whole_text(ctx.repo, loaded.task, text)

    return given_answers(loaded.state, claim, whole, who_counts(ctx), unused=unused)


def was_cut_off(loaded: Loaded) -> bool:
    """Whether the latest turn never came to its end: its supervisor was killed, and nobody
    has stopped the task since.
    """
    task, kept = loaded.task, loaded.task.checkpoint or {}
    run = loaded.state.runs.get(EventId(str(task.body.get("turn", {}).get("claim"))))
    if run is None or "claim" not in run.parts or "ended" in run.parts:
        return False
    return kept.get("turn") != task.turn or kept.get("reason") not in ("turn", "stop")


def _last_message(ctx: Context, loaded: Loaded) -> str:
    given = frozenset[EventId]().union(*(r.delivered for r in loaded.state.runs.values()))
    return _text(ctx, loaded, given) if given else ""


def _text(ctx: Context, loaded: Loaded, ids: Iterable[EventId]) -> str:
    """The newest of these messages."""
    messages = loaded.state.logs.get("messages", {})
    known: list[Any] = [messages[id] for id in ids if id in messages]
    if not known:
        return ""
    last = max(known, key=lambda item: (item["clock"], item["id"]))
    return whole_text(ctx.repo, loaded.task, Text.parse(last["text"]))


def _went_well(loaded: Loaded) -> bool:
    """Whether the run before this one has done what it was told."""
    former = loaded.state.runs.get(_former(loaded) or EventId(""))
    return former is not None and former.parts.get("ended", {}).get("outcome") == "ready"


def _former(loaded: Loaded) -> EventId | None:
    """The run before this one, in which an agent was at work: a pick is none."""
    claim = loaded.task.run.claim.get("after") if loaded.task.run else None
    while claim:
        run = loaded.state.runs.get(EventId(str(claim)))
        if run is None or run.parts.get("ended", {}).get("reason") != decide.PICKED:
            return EventId(str(claim))
        claim = run.parts["claim"].get("after")
    return None


def _answered(given: Given) -> str:
    kind = (given.kind or "").partition("_")[0]
    said = given.text or {"allow": "yes", "reject": "no"}.get(kind, given.name or given.option)
    return f"You asked: {given.asked.get('title')}\nThe answer is: {said}"
