"""A transcript's records as a conversation on a page; the terminal's is `cli.records`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from git_phc.cli.report.changes import changed_lines
from git_phc.cli.report.markup import Markup, joined, tag
from git_phc.cli.safe import one_line, safe

Record = Mapping[str, Any]

OUTPUT = 300  # lines of a command's output; what is cut says so
TITLE = 300  # letters of a tool's first line
SIGNS = {"ok": "✓", "failed": "✗", "denied": "⊘"}
BOXES = {"done": "[x]", "running": "[-]"}


def conversation(records: Iterable[Record]) -> Iterator[Markup]:
    """All that was said and done, oldest first. Kinds that are not known are passed over."""
    for (kind, stream), some in groupby(records, key=_heap):
        if kind == "text":
            name = "says" if stream in ("agent", "") else "says output"
            yield tag("div", "".join(str(one.get("text", "")) for one in some), class_=name)
        elif show := KINDS.get(kind):
            yield from (show(one) for one in some)


def _heap(record: Record) -> tuple[str, str]:
    """Words come in pieces, and pieces of one stream are one piece again."""
    kind = str(record.get("kind"))
    return kind, str(record.get("stream", "")) if kind == "text" else ""


def _turn(record: Record) -> Markup:
    head = tag("h3", f"Turn {one_line(str(record.get('turn')))}", _time(record))
    return joined(head, tag("div", str(record.get("prompt", "")), class_="asks"))


def _thought(record: Record) -> Markup:
    return tag("div", str(record.get("text", "")), class_="thought")


def _tool(record: Record) -> Markup:
    """A tool when it has been used: what it was, how it ended, and what it said on demand."""
    status = str(record.get("status"))
    if status not in SIGNS:
        return Markup()
    what = str(record.get("command") or record.get("title") or record.get("tool"))
    code = record.get("exit_code")
    how = f"exit code {one_line(str(code))}" if code else status
    shown = joined(f"{SIGNS[status]} ", tag("code", _cut(what)), tag("small", f" {how}"))
    more = [what] if len(what) > TITLE else []
    output = _last_lines(str(record.get("output") or ""))
    return _folded(f"tool {status}", shown, *more, *([output] if output else []))


def _cut(text: str) -> str:
    line = one_line(text[: 2 * TITLE])
    return f"{line[:TITLE]}…" if len(text) > TITLE else line


def _last_lines(text: str) -> str:
    lines = safe(text).splitlines()
    over = len(lines) - OUTPUT
    kept = [f"… {over} lines more", *lines[-OUTPUT:]] if over > 0 else lines
    return "\n".join(kept)


def _folded(name: str, head: Markup, *body: str) -> Markup:
    """Something to unfold, where there is more of it than its head."""
    if not body:
        return tag("div", head, class_=name)
    parts = (
        part if isinstance(part, Markup) else tag("div", part, class_="output") for part in body
    )
    return tag("details", tag("summary", head), *parts, class_=name)


def _edit(record: Record) -> Markup:
    head = joined("± ", tag("code", one_line(str(record.get("path")))))
    diff = str(record.get("diff") or "")
    return _folded("tool edit", head, *([changed_lines(diff.split("\n"))] if diff else []))


def _plan(record: Record) -> Markup:
    listed = record.get("entries")  # by whoever wrote the transcript
    entries = (
        [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    )
    lines = (
        f"{BOXES.get(str(one.get('status')), '[ ]')} {one_line(str(one.get('text')))}"
        for one in entries
    )
    return tag("div", "\n".join(lines), class_="plan")


def _ask(record: Record) -> Markup:
    command = record.get("command")
    what = [tag("div", str(command), class_="output")] if command else []
    return tag("div", f"? {one_line(str(record.get('title')))}", *what, class_="question")


def _answered(record: Record) -> Markup:
    said = one_line(str(record.get("option") or record.get("text")))
    who = one_line(str(record.get("by")).partition(" <")[0])
    return tag("div", f"answered: {said} ({who})", class_="note")


def _withdrawn(_: Record) -> Markup:
    return tag("div", "it does not ask this any more", class_="note")


def _error(record: Record) -> Markup:
    return tag("div", f"! {record.get('text')}", class_="error")


def _note(record: Record) -> Markup:
    return tag("div", str(record.get("text")), class_="note")


def _script(record: Record) -> Markup:
    name, status = one_line(str(record.get("environment"))), str(record.get("status"))
    what = str(record["kind"])
    if status == "running":
        return tag("h3", f"{what.capitalize()} of {name}", _time(record))
    why = "ended well" if status == "ok" else one_line(str(record.get("reason")))
    return tag("div", f"{what} of {name} {why}", class_="note" if status == "ok" else "error")


def _done(record: Record) -> Markup:
    if record.get("outcome") == "ok":
        return Markup()
    why = one_line(str(record.get("reason") or record.get("outcome")))
    return tag("div", f"! {why}", class_="error")


def _damaged(_: Record) -> Markup:
    return tag("div", "a line of the transcript cannot be read", class_="error")


def _time(record: Record) -> Markup | None:
    at = str(record.get("at", ""))[:19]
    return tag("small", f" {at.replace('T', ' ')}") if at else None


KINDS: dict[str, Callable[[Record], Markup]] = {
    "turn": _turn,
    "thought": _thought,
    "tool": _tool,
    "edit": _edit,
    "plan": _plan,
    "ask": _ask,
    "answered": _answered,
    "withdrawn": _withdrawn,
    "error": _error,
    "note": _note,
    "setup": _script,
    "teardown": _script,
    "done": _done,
    "damaged": _damaged,
}
