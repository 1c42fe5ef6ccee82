"""Answers what an agent asks, from any terminal, also when nobody works on the task any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.errors import Refused, UsageError
from git_phc.model import decide
from git_phc.model.autonomy import option_for
from git_phc.model.events.body import Body
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import Text, text_from_string
from git_phc.services.actors import heard
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere, pass_on
from git_phc.services.environments import environment_of
from git_phc.services.launch import run_again
from git_phc.services.seen import is_interrupted
from git_phc.services.trust import require_consent
from git_phc.store.tasks import read_task, whole_text
from git_phc.workspaces.place import Say

Ask = Mapping[str, Any]
PATIENCE = 60.0  # seconds in which an answer must have found a run, or begun one
VERBS = {
    "allow": ("allow_once",),
    "always": ("allow_always",),
    "deny": ("reject_once", "reject_always"),
}


def next_ask(ctx: Context, task: Task) -> Ask:
    """What is asked first. Raises Refused where nothing is."""
    task = heard(ctx, task)
    if not task.waiting:
        raise Refused(
            f"the task {task.id.short} asks nothing; it is {task.status}",
            f"See how it stands: git phc show {task.id.short}",
        )
    return task.waiting[0]


def is_asked(ctx: Context, task: Task, ask: Ask) -> bool:
    """Whether that question still waits for somebody, in a task that was read just now."""
    if any(one["id"] == ask["id"] for one in task.waiting):
        return True
    return any(one["id"] == ask["id"] for one in heard(ctx, task).waiting)


def option_of(task: Task, ask: Ask, verb: str) -> str:
    """The option that `allow`, `always` or `deny` means. Raises Refused where there is none."""
    found = option_for(ask, VERBS[verb])
    if found is None:
        names = ", ".join(str(one["name"]) for one in ask.get("options", ()))
        raise Refused(
            f"to this one cannot answer --{verb}" + (f"; it offers: {names}" if names else ""),
            f'Answer with one of these, or in words: git phc answer {task.id.short} "…"',
        )
    return found


def option_named(ask: Ask, words: str) -> str | None:
    """The option that these words name: its id, its name, or its number from 1 on."""
    options = list(ask.get("options", ()))
    if words.isdecimal() and 0 < int(words) <= len(options):
        return str(options[int(words) - 1]["id"])
    for one in options:
        if words.lower() in (str(one["id"]).lower(), str(one["name"]).lower()):
            return str(one["id"])
    return None


def words_in(ctx: Context, task: Task, ask: Ask) -> str:
    """All of what there is to read before one answers: a diff, a plan."""
    return whole_text(ctx.repo, task, Text.parse(ask["text"])) if ask.get("text") else ""


def answer(
    ctx: Context, task: Task, ask: Ask, option: str | None, words: str | None, say: Say
) -> Task:
    """Answers one question. Where its run is over and nothing else is asked, the next begins."""
    if option is None and not (words or "").strip():
        raise UsageError("there is no answer", 'Say it: git phc answer TASK "…"')
    name = next((str(o["name"]) for o in ask.get("options", ()) if o["id"] == option), None)
    if not is_elsewhere(ctx, task) and (not task.is_open or is_interrupted(ctx, task)):
        require_consent(ctx, environment_of(ctx, task))  # else it is answered, and cannot go on
    text, texts = text_from_string(ctx.redact(words)) if words else (None, {})
    event = EventId(str(ask["id"]))

    def act(now: Task) -> Sequence[Body]:
        return decide.answer(heard(ctx, now), event, option, name, text)

    if task.goes_by_queue:
        from git_phc.services.cloud import speak  # who shares nothing does not wait for it

        return speak(ctx, task, act, texts)
    task = ctx.tasks.append(task.id, act, texts)
    if is_elsewhere(ctx, task):  # whoever runs it acts on it, or it goes on when it is picked
        pass_on(ctx, task, say)
        return task
    return task if task.waiting else _go_on(ctx, task, say)


def _go_on(ctx: Context, task: Task, say: Say) -> Task:
    """Sees to it that somebody works with the answer."""
    deadline = ctx.clock.monotonic() + PATIENCE
    while not task.is_open or is_interrupted(ctx, task):
        try:
            return run_again(ctx, task, say)
        except Refused:
            if ctx.clock.monotonic() > deadline:
                raise
        ctx.clock.sleep(0.05)  # its supervisor is just ending, or somebody else has begun
        task = read_task(ctx.repo, task.id)
    return task
