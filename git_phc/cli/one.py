"""One task in full, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from git_phc.cli import render
from git_phc.cli.programs import paged
from git_phc.cli.safe import one_line, safe
from git_phc.cli.summary import change_words, counted, status_word, usage_words, whole_seconds
from git_phc.cli.terminal import Terminal
from git_phc.cli.unheard import unheard_lines
from git_phc.model.task import Task
from git_phc.services.describe import describe
from git_phc.services.elsewhere import is_elsewhere
from git_phc.services.find import find
from git_phc.services.place import known_place
from git_phc.services.seen import seen

if TYPE_CHECKING:
    from git_phc.services.story import Whole

PROMPT = 10  # lines of the prompt that `status TASK` shows


def show_task(
    terminal: Terminal, word: str, *, as_json: bool, quiet: bool = False, full: bool = False
) -> None:
    """The task that `word` means; `full` adds its messages and its diary."""
    task = find(terminal.context, word)
    if quiet:
        render.line(terminal, task.id)
    elif as_json:
        _document(terminal, task, full=full)
    else:
        with paged(terminal):
            for line in _lines(terminal, task, full=full):
                render.line(terminal, line)


def _document(terminal: Terminal, task: Task, *, full: bool) -> None:
    if full:
        from git_phc.services.story import whole

        story = whole(terminal.context, task)
        prompt = story.messages[0]["text"] if story.messages else None
        render.document(terminal, {**describe(terminal.context, task, prompt), **story.data()})
    else:
        render.document(terminal, describe(terminal.context, task))


def _lines(terminal: Terminal, task: Task, *, full: bool) -> Iterator[str]:
    yield render.paint(terminal, f"{task.id.short}  {one_line(task.title)}", bold=True)
    for name, value in _facts(terminal, task):
        yield f"{name:<9} {value}"
    if full:
        from git_phc.services.story import whole

        yield from _story(terminal, whole(terminal.context, task))
    else:
        yield from _prompt(task)


def _facts(terminal: Terminal, task: Task) -> Iterator[tuple[str, str]]:
    task, seen_as = seen(terminal.context, task)
    status = status_word(terminal, seen_as)
    reason = f": {one_line(task.reason)}" if task.reason else ""
    yield "status", f"{status}{reason}, since {whole_seconds(task.since)}"
    yield from _put_away(task)
    yield "mode", one_line(f"{task.mode}, {task.agent}, autonomy {task.cell('autonomy')}")
    if task.attempt:
        number, of = task.attempt.number, task.attempt.of
        yield "attempt", f"{number} of {of} (git phc compare {task.id.short})"
    place = known_place(terminal.context, task)
    texts = {
        "handed to": task.handoff,
        "rests on": _rests_on(terminal, task),
        "branch": task.branch,
        "worktree": str(place) if place else None,
        "base": task.base,
        "env": task.cell("environment"),
        "sandbox": task.sandbox,
        "author": task.author,
        "assignee": task.cell("assignee"),
        "labels": ", ".join(task.labels),
        "pinned": "yes" if task.pinned else None,
    }
    yield from ((name, one_line(str(value))) for name, value in texts.items() if value)
    for name in ("title", "assignee"):
        if others := task.contested(name):
            yield "contested", f"{name}: also {one_line(', '.join(map(str, others)))}"
    yield from _work(task)
    yield from (("unheard", line) for line in unheard_lines(terminal, task))


def _put_away(task: Task) -> Iterator[tuple[str, str]]:
    """Since when it is archived or deleted, by whom, and how it comes back."""
    for name, verb in (("archived", "unarchive"), ("deleted", "undo")):
        stamp = task.written(name)
        if task.cell(name) and stamp:
            by = f"{whole_seconds(str(stamp['at']))} by {_name(str(stamp['who']))}"
            yield name, f"{by} (to bring it back: git phc {verb} {task.id.short})"


def _rests_on(terminal: Terminal, task: Task) -> str | None:
    """Where it may be gone on with, if that is another clone."""
    if task.handoff or task.is_open or not task.run or not is_elsewhere(terminal.context, task):
        return None
    return f"{task.run.claim.get('host')} (to take it over: git phc pick {task.id.short})"


def _work(task: Task) -> Iterator[tuple[str, str]]:
    if changes := (task.checkpoint or {}).get("changes"):
        words = [counted(changes["files"], "file"), change_words(changes)]
        yield "changes", ", ".join(dict.fromkeys(filter(None, words)))
    if task.run and task.run.claim:
        claim, ended = task.run.claim, task.run.ended or {}
        code = f", exit code {ended['exit_code']}" if "exit_code" in ended else ""
        host = one_line(str(claim["host"]))
        yield "run", f"{claim['n']} on {host}, from {whole_seconds(claim['at'])}{code}"
    if task.usage:
        yield "usage", usage_words(task.usage)
    if task.denied:
        what = one_line(f"{task.denied['what']}: {task.denied['why']}")
        times = task.denied["times"]
        yield "denied", f"{what} ({counted(times, 'time')} in all)" if times > 1 else what
    for ask in task.waiting:
        yield "asks", f"{one_line(str(ask['title']))} (git phc answer {task.id.short})"
    if task.pending:
        yield "queued", counted(len(task.pending), "message")


def _prompt(task: Task) -> Iterator[str]:
    lines = safe(task.prompt).splitlines()
    if lines:
        yield ""
    yield from (f"    {line}".rstrip() for line in lines[:PROMPT])
    if len(lines) > PROMPT or task.prompt_bytes > len(task.prompt.encode()):
        yield f"    … (all of it: git phc show {task.id.short})"


def _story(terminal: Terminal, story: Whole) -> Iterator[str]:
    for message in story.messages:
        yield ""
        head = f"{whole_seconds(message['at'])}  {_name(message['who'])}"
        yield render.paint(terminal, head, dim=True)
        yield from (f"    {line}".rstrip() for line in safe(message["text"]).splitlines())
    if story.commits:
        yield ""
    for commit in story.commits:
        yield f"commit    {commit['id'][:12]} {one_line(commit['subject'])}"
    yield ""
    rows = [(whole_seconds(e.at), _name(e.who), one_line(e.what)) for e in story.entries]
    yield from render.table(rows)


def _name(who: str) -> str:
    """Of a name with an address the name."""
    return one_line(who.rpartition(" <")[0] or who)
