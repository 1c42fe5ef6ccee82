"""Lines that say how a task stands, in words that several commands share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from git_phc.cli import render
from git_phc.cli.diagnostics import say
from git_phc.cli.render import paint
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal
from git_phc.model.task import Task

if TYPE_CHECKING:  # `status` must not pay for what only others show
    from git_phc.services.end import Ended

MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "waiting": ("?", {"fg": "yellow", "bold": True}),
    "interrupted": ("!", {"fg": "red", "bold": True}),
    "stale": ("!", {"fg": "red"}),
    "failed": ("✗", {"fg": "red"}),
    "ready": ("●", {"fg": "green", "bold": True}),
    "running": ("▶", {"fg": "blue"}),
    "preparing": ("▷", {"fg": "blue"}),
    "queued": ("○", {"fg": "blue"}),
    "cancelled": ("–", {"dim": True}),
    "done": ("✓", {"dim": True}),
}
UNKNOWN: tuple[str, dict[str, Any]] = ("·", {})  # a status of a newer version's

# What to type next, and what for; of a task that waits, what it asks says that.
Steps = Sequence[tuple[str, str]]
NEXT: dict[str, Steps] = {
    "ready": (("diff {}", "see what changed"), ('send {} "…"', "go on"), ("done {}", "finish")),
    "failed": (("logs {}", "see why"), ("resume {}", "try again")),
    "cancelled": (("resume {}", "go on"), ("done {}", "put it away")),
    "interrupted": (("resume {}", "go on"), ("stop {}", "end it")),
    "running": (("attach {}", "follow it"), ("stop {}", "end it")),
}


def mark(terminal: Terminal, status: str) -> str:
    """The status as a symbol, in its colour."""
    symbol, style = MARKS.get(status, UNKNOWN)
    return paint(terminal, symbol, **style)


def status_word(terminal: Terminal, status: str) -> str:
    """The status in its colour."""
    return paint(terminal, one_line(status), **MARKS.get(status, UNKNOWN)[1])


def age(at: str, now: str) -> str:
    """How long before `now` a time was, in its largest unit; both RFC 3339."""
    seconds = int((_moment(now) - _moment(at)).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{max(0, seconds)}s"


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at[:19]).replace(tzinfo=UTC)


def whole_seconds(at: str) -> str:
    """A time for people: RFC 3339 without fractions."""
    return one_line(at)[:19] + "Z"


def amount(size: int) -> str:
    """A number of bytes for people."""
    rest, unit = float(size), "bytes"
    for bigger in ("KiB", "MiB", "GiB"):
        if rest < 1024:
            break
        rest, unit = rest / 1024, bigger
    return f"{size} bytes" if unit == "bytes" else f"{rest:.1f} {unit}"


def amount_of_time(seconds: int) -> str:
    """A length of time for people, in its two largest units."""
    for unit, length, lower, part in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit} {seconds % length // part}{lower}"
    return f"{seconds // 60}m {seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def usage_words(sums: Mapping[str, Any]) -> str:
    """Tokens, and money where it was told."""
    money = f", {sums['micros'] / 1_000_000:.2f} USD" if "micros" in sums else ""
    cached = f" ({sums['cached']} cached)" if sums.get("cached") else ""
    return f"{sums.get('input', 0)} tokens in{cached}, {sums.get('output', 0)} out{money}"


def counted(number: int, noun: str) -> str:
    """A number of things, in the plural where it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def change_words(changes: Mapping[str, Any] | None) -> str:
    """Added and removed lines, or files where no line of text changed; "" for nothing."""
    if not changes or not changes.get("files"):
        return ""
    if not changes["added"] and not changes["removed"]:
        return counted(changes["files"], "file")
    return f"+{changes['added']} -{changes['removed']}"


def track_words(terminal: Terminal, changes: Mapping[str, Any] | None) -> str:
    """Commits ahead of the base and behind it; in words where there is no colour."""
    signs = ("↑{}", "↓{}") if terminal.colour else ("{} ahead", "{} behind")
    counts = ((changes or {}).get(name) or 0 for name in ("ahead", "behind"))
    pairs = zip(signs, counts, strict=True)
    return " ".join(sign.format(count) for sign, count in pairs if count)


def attempt_words(task: Task) -> str:
    """Which attempt it is, as it stands before a title; "" for a task that stands alone."""
    return f"{task.attempt} " if task.attempt else ""


def outcome_line(terminal: Terminal, task: Task, status: str) -> str:
    """How a task stands now."""
    counts = change_words((task.checkpoint or {}).get("changes"))
    changed = f" ({counts}{' lines' if '+' in counts else ''})" if counts else ""
    reason = f": {one_line(task.reason)}" if task.reason else ""
    name = paint(terminal, task.id.short, bold=True)
    return f"{name} is {status_word(terminal, status)}{changed}{reason}"


def tell_outcome(terminal: Terminal, task: Task, status: str) -> None:
    """How a task stands now, and what to type next."""
    render.line(terminal, outcome_line(terminal, task, status))
    tell_nobodys(terminal, task)
    steps = _answers(terminal, task) if status == "waiting" else NEXT.get(status, ())
    known = [(words.replace("{}", task.id.short, 1), why) for words, why in steps]
    for line in render.table([(f"  git phc {words}", why) for words, why in known]):
        say(terminal, line)


def _answers(terminal: Terminal, task: Task) -> Steps:
    """What a task that waits can be told, by what it asks; nothing is asked of one that was
    answered, and has not gone on.
    """
    from git_phc.cli.asks import ways
    from git_phc.services.actors import heard

    asked = heard(terminal.context, task).waiting
    if not asked:
        return NEXT["running"] if task.is_open else NEXT["interrupted"][:1]
    told = [(f"answer {{}} {words}", why) for words, why in ways(asked[0])]
    return (("answer {}", "see what it asks"), *told)


def sent_or_told(terminal: Terminal, task: Task) -> Task:
    """The same task; where others do not see yet what its run has done here, that is told."""
    from git_phc.services.wait import unsent

    if remote := unsent(terminal.context, task):
        short = task.id.short
        say(terminal, f"{short}: {remote} has not all of it yet. To send the rest: git phc sync")
    return task


def tell_nobodys(terminal: Terminal, task: Task) -> None:
    """Why a task that is queued is not waited for, if it is one that only a person takes up."""
    if not task.is_nobodys:
        return
    short, who = task.id.short, one_line(task.handoff or "")
    if who:
        say(terminal, f"{short} is handed to {who}, and nobody works on it until it is picked.")
        say(terminal, f"To take it: git phc pick {short}")
    else:
        say(terminal, f"{short} was never begun, and nobody works on it.")
        say(terminal, f"To begin: git phc resume {short}")


def with_trouble(terminal: Terminal, ended: Ended) -> Ended:
    """What went wrong in a teardown, and who works on in a folder that is gone, is told whatever
    form the answer has; the task has ended.
    """
    if ended.inside:
        inside = one_line(", ".join(ended.inside))[:500]
        say(terminal, f"{ended.task.id.short}: still at work where it was: {inside}")
    if ended.trouble:
        say(terminal, f"{ended.task.id.short}: {one_line(ended.trouble)}")
    return ended


def ended_lines(ended: Ended, verb: str) -> Iterator[str]:
    """What became of a task that was finished or deleted, and how to take it back."""
    task = ended.task
    yield f"{task.id.short} is {verb}: {one_line(task.title)}"
    if ended.removed:
        stash = (task.checkpoint or {}).get("stash")
        kept = f"; its work is kept: git stash apply --index {stash[:12]}" if stash else ""
        yield f"  removed {one_line(str(ended.removed))}{kept}"
    if ended.branch_deleted:
        yield f"  deleted the branch {one_line(task.branch or '')}, all of which is elsewhere"
    yield f"  take it back: git phc undo {task.id.short}"
