"""What codex tells of, as records: its words, the tools it uses, its edits. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from msgspec import Struct

from git_phc.plugins.records import Record

Json = Mapping[str, Any]

STATES = {"inProgress": "running", "completed": "ok", "failed": "failed", "declined": "denied"}
STEPS = {"pending": "pending", "inProgress": "running", "completed": "done"}
LONGEST = 64 * 1024  # characters of a command's output that a record has


class Told(Struct, frozen=True):
    """An item of codex's, told of when it begins and when it is over."""

    item: Json
    cwd: str
    over: bool

    def tool(self, tool: str, title: str, **more: Any) -> dict[str, Any]:
        """The record of a tool's use. Few items do not say how far they have come."""
        status = STATES.get(str(self.item.get("status")), "ok" if self.over else "running")
        name = str(self.item.get("id"))
        return {"kind": "tool", "id": name, "title": title, "tool": tool, "status": status, **more}


def item_records(told: Told) -> Iterator[Record]:
    """What an item says; nothing for those that are of no interest."""
    tell = ITEMS.get(str(told.item.get("type")))
    if tell:
        yield from tell(told)


def _words(told: Told) -> Iterator[Record]:
    if told.over and told.item.get("text"):
        yield {"kind": "text", "stream": "agent", "text": f"{str(told.item['text']).rstrip()}\n"}


def _reasoning(told: Told) -> Iterator[Record]:
    text = "\n".join(map(str, told.item.get("summary") or told.item.get("content") or ()))
    if told.over and text:
        yield {"kind": "thought", "text": f"{text}\n"}


def _command(told: Told) -> Iterator[Record]:
    command = script(told.item.get("command"))
    record = told.tool("execute", command.partition("\n")[0], command=command)
    if told.over:
        record["output"] = clipped(str(told.item.get("aggregatedOutput") or ""))
        record["exit_code"] = told.item.get("exitCode")
    yield record


def _patch(told: Told) -> Iterator[Record]:
    changes = told.item.get("changes") or ()
    paths = touched(changes, told.cwd)
    record = told.tool("edit", f"edit {', '.join(paths)}")
    if len(paths) == 1:
        record["path"] = paths[0]
    yield record
    if record["status"] == "ok":
        for change in changes:
            path = touched([change], told.cwd)[-1]
            yield {"kind": "edit", "path": path, "diff": diff_of(change)}


def _foreign(told: Told) -> Iterator[Record]:
    yield told.tool("other", f"{told.item.get('server')}: {told.item.get('tool')}")


def _helper(told: Told) -> Iterator[Record]:
    yield told.tool("think", f"another agent: {told.item.get('tool')}")


def _search(told: Told) -> Iterator[Record]:
    yield told.tool("fetch", f"the web: {told.item.get('query')}")


def _image(told: Told) -> Iterator[Record]:
    path = relative(str(told.item.get("path")), told.cwd)
    yield told.tool("read", f"look at {path}", path=path)


ITEMS: Mapping[str, Callable[[Told], Iterable[Record]]] = {
    "agentMessage": _words,
    "plan": _words,
    "reasoning": _reasoning,
    "commandExecution": _command,
    "fileChange": _patch,
    "mcpToolCall": _foreign,
    "collabAgentToolCall": _helper,
    "webSearch": _search,
    "imageView": _image,
}


def script(command: object) -> str:
    """What a shell is told to do, where a command is `bash -lc SCRIPT`; else the command."""
    text = str(command or "")
    with suppress(ValueError):
        words = shlex.split(text)
        if len(words) == 3 and words[1] in ("-c", "-lc"):
            return words[2]
    return text


def touched(changes: Iterable[Json], cwd: str) -> list[str]:
    """The paths of a patch, where files are moved to as well; those in the workspace as they are
    called there.
    """
    ends = [[each.get("path"), (each.get("kind") or {}).get("move_path")] for each in changes]
    return [relative(str(path), cwd) for pair in ends for path in pair if path]


def relative(path: str, cwd: str) -> str:
    """A path as it is called from the workspace, where it is inside it."""
    plain = PurePath(path)
    inside = plain.is_relative_to(cwd) and ".." not in plain.parts
    return str(plain.relative_to(cwd)) if inside else path


def diff_of(change: Json) -> str:
    """What a patch does to one file; codex tells a new or deleted file by its content alone."""
    text = str(change.get("diff") or "")
    sign = {"add": "+", "delete": "-"}.get(str((change.get("kind") or {}).get("type")))
    if sign is None:
        return text
    lines = text.splitlines()
    span = f"-0,0 +1,{len(lines)}" if sign == "+" else f"-1,{len(lines)} +0,0"
    return "".join(f"{line}\n" for line in (f"@@ {span} @@", *(sign + line for line in lines)))


def clipped(text: str) -> str:
    """A long text without its middle."""
    if len(text) <= LONGEST:
        return text
    left_out = len(text) - LONGEST
    return f"{text[: LONGEST // 2]}\n… {left_out} characters …\n{text[-LONGEST // 2 :]}"


def plan_record(params: Json) -> Record:
    """The list of steps that codex keeps."""
    steps = params.get("plan") or ()
    entries = [
        {"text": str(step.get("step")), "status": STEPS.get(str(step.get("status")), "pending")}
        for step in steps
    ]
    return {"kind": "plan", "entries": entries}
