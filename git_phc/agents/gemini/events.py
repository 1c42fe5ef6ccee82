"""What gemini says in its stream of JSON, as records. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from git_phc.plugins.records import Record, done

Json = Mapping[str, Any]

TOOLS = {
    "read_file": "read",
    "read_many_files": "read",
    "glob": "search",
    "grep_search": "search",
    "list_directory": "search",
    "google_web_search": "fetch",
    "web_fetch": "fetch",
    "write_file": "edit",
    "replace": "edit",
    "run_shell_command": "execute",
    "invoke_agent": "think",
    "save_memory": "think",
    "update_topic": "think",
    "write_todos": "think",
    "enter_plan_mode": "think",
    "exit_plan_mode": "think",
    "activate_skill": "other",
}
DENIALS = ("policy_violation", "tool_not_registered")  # a tool that may not be used is not there
STEPS = {"pending": "pending", "in_progress": "running", "completed": "done"}
WRAPPED = re.compile(r"\[API Error: (.*)\]", re.DOTALL)
LONGEST = 64 * 1024  # characters of a tool's output that a record has


class Events:
    """One turn's events.

    Attributes:
        outcome: the `done` record, once gemini has said how the turn ended.
    """

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self._tools: dict[str, dict[str, Any]] = {}
        self._open = False  # whether its words are in the middle of a line
        self.outcome: Record | None = None

    def records(self, event: Json) -> Iterator[Record]:
        """What an event means for the transcript."""
        kind = event.get("type")
        if kind == "message":
            yield from self._message(event)
            return
        if self._open:
            self._open = False
            yield {"kind": "text", "stream": "agent", "text": "\n"}
        if kind == "init":
            yield {"kind": "session", "session": str(event.get("session_id"))}
        elif kind == "tool_use":
            yield from self._used(event)
        elif kind == "tool_result":
            yield from self._result(event)
        elif kind == "error":
            yield {"kind": "error", "text": str(event.get("message"))}
        elif kind == "result":
            yield _usage(event.get("stats") or {})
            self.outcome = _outcome(event)

    def _message(self, event: Json) -> Iterator[Record]:
        text = str(event.get("content") or "")
        if event.get("role") == "assistant" and text:
            self._open = not text.endswith("\n")
            yield {"kind": "text", "stream": "agent", "text": text}

    def _used(self, event: Json) -> Iterator[Record]:
        given = event.get("parameters") or {}
        name = str(event.get("tool_name"))
        tool = _tool(str(event.get("tool_id")), name, given, self._cwd)
        self._tools[tool["id"]] = tool
        yield {**tool, "status": "running"}
        if name == "write_todos":
            yield _plan(given)

    def _result(self, event: Json) -> Iterator[Record]:
        id = str(event.get("tool_id"))
        tool = self._tools.pop(id, None) or _tool(id, "a tool", {}, self._cwd)
        status = _status(event, known=tool["tool"] != "other")
        output = str(event.get("output") or "")
        yield {**tool, "status": status, "output": output[:LONGEST]}
        if status == "ok" and tool["tool"] == "edit" and "path" in tool:
            yield {"kind": "edit", "path": tool["path"], "diff": None}


def _tool(id: str, name: str, given: Json, cwd: str) -> dict[str, Any]:
    tool = {"kind": "tool", "id": id, "title": name, "tool": TOOLS.get(name, "other")}
    if name == "run_shell_command":
        command = str(given.get("command") or "")
        return {**tool, "title": command.partition("\n")[0], "command": command}
    for key in ("file_path", "dir_path"):
        if path := given.get(key):
            tool["path"] = relative(str(path), cwd)
            return {**tool, "title": f"{name} {tool['path']}"}
    words = next(
        (given[key] for key in ("pattern", "query", "prompt", "title") if key in given), ""
    )
    return {**tool, "title": f"{name} {str(words).partition(chr(10))[0]}".rstrip()}


def relative(path: str, cwd: str) -> str:
    """A path as it is called from the workspace, where it is inside it."""
    plain = PurePath(path)
    inside = plain.is_relative_to(cwd) and ".." not in plain.parts
    return str(plain.relative_to(cwd)) if inside else path


def _status(event: Json, *, known: bool) -> str:
    if event.get("status") == "success":
        return "ok"
    kind = (event.get("error") or {}).get("type")
    return "denied" if known and kind in DENIALS else "failed"


def _plan(given: Json) -> Record:
    entries = [
        {
            "text": str(todo.get("description")),
            "status": STEPS.get(str(todo.get("status")), "pending"),
        }
        for todo in given.get("todos") or ()
        if todo.get("status") != "cancelled"
    ]
    return {"kind": "plan", "entries": entries}


def _usage(stats: Json) -> Record:
    fields = {"input": "input_tokens", "output": "output_tokens", "cached": "cached"}
    counts = {name: int(stats.get(field) or 0) for name, field in fields.items()}
    return {"kind": "usage", **counts, "usd": None}


def _outcome(event: Json) -> Record:
    if event.get("status") == "success":
        return done("ok")
    said = (event.get("error") or {}).get("message") or "gemini did not say what went wrong"
    return done("failed", _plain(str(said)))


def _plain(text: str) -> str:
    """An error in the model's own words, where gemini has wrapped them up."""
    if wrapped := WRAPPED.fullmatch(text):
        with suppress(ValueError, TypeError, KeyError):
            return str(json.loads(wrapped[1])["error"]["message"])
    return text
