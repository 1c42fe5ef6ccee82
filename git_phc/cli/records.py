"""A transcript's records, shown as a conversation: what was asked, said and done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from git_phc.cli import render
from git_phc.cli.safe import cut, one_line, safe
from git_phc.cli.terminal import Terminal

WIDEST = 100  # columns of a turn's first line, where the screen has more


OUTPUT = 12  # lines of a command's output that are shown; all of it is in `logs --json`
SIGNS = {"ok": ("✓", "green"), "failed": ("✗", "red"), "denied": ("⊘", "yellow")}


Lines = Iterator[tuple[str, dict[str, Any]]]


def show_record(terminal: Terminal, record: Mapping[str, Any]) -> None:
    """One record; kinds that are not known here are passed over."""
    if record.get("kind") == "text":
        render.text(terminal, str(record.get("text", "")))
        return
    columns = terminal.size[0] if terminal.is_screen else None
    for line, style in record_lines(record, colour=terminal.colour, columns=columns):
        render.line(terminal, render.paint(terminal, line, **style))


def is_shown(record: Mapping[str, Any]) -> bool:
    """Whether a record has anything to show."""
    if record.get("kind") == "text":
        return bool(safe(str(record.get("text", ""))))
    return any(record_lines(record, colour=False, columns=None))


def record_lines(record: Mapping[str, Any], *, colour: bool, columns: int | None) -> Lines:
    """A record as lines that are safe to show, each with its style; what an agent says (`text`)
    is no line yet. A headline is cut to so many columns.
    """
    kind = str(record.get("kind"))
    if kind == "turn":
        yield cut(_turn(record), min(columns or WIDEST, WIDEST)), {"fg": "cyan"}
    elif kind == "tool":
        for line, style in _tool_lines(record, colour=colour):
            # what it said stands below it, and is whole
            yield cut(line, columns) if columns and not line.startswith(" ") else line, style
    elif show := KINDS.get(kind):
        yield from show(record)


def _turn(record: Mapping[str, Any]) -> str:
    prompt = one_line(str(record.get("prompt", ""))[:2000])
    return f"── turn {one_line(str(record.get('turn')))}{f' ── {prompt}' if prompt else ''}"


def _thought_lines(record: Mapping[str, Any]) -> Lines:
    for line in safe(str(record.get("text", ""))).splitlines():
        yield f"  {line}", {"dim": True}


def _tool_lines(record: Mapping[str, Any], *, colour: bool) -> Lines:
    """A tool when it has been used: what it was, how it ended, the end of what it said."""
    found = SIGNS.get(str(record.get("status")))
    if found is None:
        return
    sign, own = found
    what = one_line(str(record.get("command") or record.get("title") or record.get("tool"))[:2000])
    code = record.get("exit_code")
    word = "" if colour and not code else f" ({record['status']})"
    if code:
        word = f" (exit code {one_line(str(code))})"
    yield f"{sign} {what}{word}", {"fg": own}
    output = safe(str(record.get("output") or "")).splitlines()
    if len(output) > OUTPUT:
        yield f"    … {len(output) - OUTPUT} lines more", {"dim": True}
    for line in output[-OUTPUT:]:
        yield f"    {line}", {"dim": True}


def _edit_lines(record: Mapping[str, Any]) -> Lines:
    yield f"± {one_line(str(record.get('path')))}", {"fg": "magenta"}
    for line in safe(str(record.get("diff") or "")).splitlines():
        if not line.startswith(("---", "+++", "@@")):
            colour = {"+": "green", "-": "red"}.get(line[:1])
            yield f"    {line}", {"fg": colour} if colour else {"dim": True}


def _plan_lines(record: Mapping[str, Any]) -> Lines:
    entries = record.get("entries")  # by whoever wrote the transcript
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            box = {"done": "[x]", "running": "[-]"}.get(str(entry.get("status")), "[ ]")
            yield f"  {box} {one_line(str(entry.get('text')))}", {"dim": True}


def _ask_lines(record: Mapping[str, Any]) -> Lines:
    yield f"? {one_line(str(record.get('title')))}", {"fg": "yellow"}


def _answered_lines(record: Mapping[str, Any]) -> Lines:
    said = one_line(str(record.get("option") or record.get("text")))
    who = one_line(str(record.get("by")).partition(" <")[0])
    yield f"  answered: {said} ({who})", {"dim": True}


def _withdrawn_lines(_: Mapping[str, Any]) -> Lines:
    yield "  it does not ask this any more", {"dim": True}


def _error_lines(record: Mapping[str, Any]) -> Lines:
    yield f"! {one_line(str(record.get('text'))[:2000])}", {"fg": "red"}


def _note_lines(record: Mapping[str, Any]) -> Lines:
    yield f"── {one_line(str(record.get('text'))[:2000])}", {"dim": True}


def _script_lines(record: Mapping[str, Any]) -> Lines:
    name, status = one_line(str(record.get("environment"))), record.get("status")
    what = f"{record['kind']} of {name}"
    if status == "running":
        yield f"── {what}", {"fg": "cyan"}
    else:
        how = {"ok": "ended well"}.get(str(status), one_line(str(record.get("reason"))))
        took = f" (after {one_line(str(record.get('seconds')))} s)"
        yield f"── {what} {how}{took}", {"dim": True} if status == "ok" else {"fg": "red"}


def _done_lines(record: Mapping[str, Any]) -> Lines:
    if record.get("outcome") != "ok":
        yield f"── {one_line(str(record.get('reason') or record.get('outcome')))}", {"fg": "red"}


def _damaged_lines(_: Mapping[str, Any]) -> Lines:
    yield "── a line of the transcript cannot be read", {"fg": "red"}


KINDS: dict[str, Callable[[Mapping[str, Any]], Lines]] = {
    "thought": _thought_lines,
    "edit": _edit_lines,
    "plan": _plan_lines,
    "ask": _ask_lines,
    "answered": _answered_lines,
    "withdrawn": _withdrawn_lines,
    "error": _error_lines,
    "note": _note_lines,
    "setup": _script_lines,
    "teardown": _script_lines,
    "done": _done_lines,
    "damaged": _damaged_lines,
}
