"""The page: its head with the policy, and its parts in their order."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib.resources import files

from git_phc import __version__
from git_phc.cli.report.changes import changes
from git_phc.cli.report.conversation import conversation
from git_phc.cli.report.markup import Child, Markup, tag
from git_phc.cli.report.timeline import happenings, timeline
from git_phc.cli.safe import one_line
from git_phc.cli.summary import change_words, counted, usage_words, whole_seconds
from git_phc.services.report import Report

GENERATOR = "git phc"
# The letters of a browser's own style are not escaped, so nothing but our own file goes there.
STYLE = files("git_phc.cli.report").joinpath("style.css").read_text(encoding="utf-8")


def page(report: Report) -> str:
    """The whole document."""
    task = report.task
    body = tag("main", _head(report), *_parts(report), _foot(task.id))
    return f"<!doctype html>\n{tag('html', head(task.title), tag('body', body), lang='en')}\n"


def head(title: str) -> Markup:
    """What a browser is told: it may use this very style, and otherwise run and load nothing."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="generator", content=GENERATOR),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", one_line(title)),
        tag("style", Markup(STYLE)),
    )


def _head(report: Report) -> Markup:
    status = report.status
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in _facts(report)]
    return tag(
        "header",
        tag("h1", one_line(report.task.title)),
        tag("p", tag("strong", one_line(status), class_=f"status {known(status)}"), _why(report)),
        tag("dl", *rows),
    )


STATUSES = ("ready", "done", "failed", "cancelled", "waiting", "interrupted", "running")


def known(status: str) -> str:
    """A status as a class: never a word that came with the task."""
    return status if status in STATUSES else "other"


def _why(report: Report) -> str:
    reason = f": {one_line(report.task.reason)}" if report.task.reason else ""
    return f"{reason}, since {whole_seconds(report.task.since)}"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    task = report.task
    counts = (task.checkpoint or {}).get("changes") or {}
    files = counted(counts["files"], "file") if counts.get("files") else ""
    facts = {
        "Task": task.id,
        "Mode": task.mode,
        "Agent": " ".join(filter(None, (task.agent, str(task.cell("model") or "")))),
        "Autonomy": str(task.cell("autonomy") or ""),
        "Branch": task.branch or "",
        "Base": (task.base or "")[:12],
        "Author": task.author.partition(" <")[0],
        "Labels": ", ".join(task.labels),
        "Changes": ", ".join(dict.fromkeys(filter(None, (files, change_words(counts))))),
        "Usage": usage_words(task.usage) if task.usage else "",
        "From": whole_seconds(task.created),
        "To": whole_seconds(task.updated),
    }
    yield from ((name, one_line(value)) for name, value in facts.items() if value)


def _parts(report: Report) -> Iterator[Markup]:
    story, records = report.story, report.records
    drawn = happenings(story.messages, story.runs, story.checkpoints, records, report.made)
    yield _part("Prompt", [tag("div", text, class_="asks") for text in _prompts(report)])
    yield _part("Timeline", [timeline(drawn)] if drawn else [])
    yield _part("Conversation", conversation(records))
    shown = [tag("p", report.no_diff, class_="note")] if report.no_diff else changes(report.diff)
    yield _part("Changes", shown)
    yield _part("Commits", _rows((one["id"][:12], one["subject"]) for one in story.commits))
    yield _part("Diary", _rows((whole_seconds(e.at), _name(e.who), e.what) for e in story.entries))


def _prompts(report: Report) -> Iterator[str]:
    """The prompt, and whatever else was said to the agent that no turn has brought to it yet."""
    given = {str(one.get("prompt")) for one in report.records if one.get("kind") == "turn"}
    for number, message in enumerate(report.story.messages):
        if number == 0 or message["text"] not in given:
            yield str(message["text"])


def _part(title: str, children: Iterable[Child]) -> Markup:
    found = [child for child in children if child]
    return tag("section", tag("h2", title), *(found or [tag("p", "Nothing.", class_="note")]))


def _rows(rows: Iterable[Iterable[str]]) -> list[Markup]:
    made = [tag("tr", *(tag("td", one_line(cell)) for cell in row)) for row in rows]
    return [tag("table", *made)] if made else []


def _name(who: str) -> str:
    """Of a name with an address the name: a page that is shared need not spread addresses."""
    return who.rpartition(" <")[0] or who


def _foot(id: str) -> Markup:
    return tag("footer", f"git phc {__version__} · git log refs/phc/tasks/{id}")
