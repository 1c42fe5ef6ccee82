"""What an agent says over the protocol, as records. Pure: no process, no time, no library.

An agent's messages come from outside and from many makers, so nothing is taken for granted
about their form: what is not as the protocol has it is read as if it were not there.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from git_phc.plugins.records import TOOLS, Record, option

TITLE = 200  # characters of a title
LASTING = "+edits"  # at the end of an option's id: the yes to a plan that says more to us
OUTPUT = 64 * 1024  # characters of a tool's output

Json = Mapping[str, Any]

_STATES = {"pending": "pending", "in_progress": "running", "completed": "ok", "failed": "failed"}
_ENTRIES = {"pending": "pending", "in_progress": "running", "completed": "done"}
_KINDS = ("allow_once", "allow_always", "reject_once", "reject_always")
_PATHS = ("path", "file_path", "filePath", "filepath", "abs_path")


class Translation:
    """One turn's messages in the order of their coming. It remembers the tools in use: an update
    says only what has changed.

    Attributes:
        failure: what the agent said about an error of its own for which the protocol has no
            word, or None.
        denied: whether the agent was refused something.
    """

    def __init__(self, cwd: Path) -> None:
        self._cwd = PurePosixPath(cwd)
        self._tools: dict[str, dict[str, Any]] = {}
        self._told: dict[str, Record] = {}
        self._refused: set[str] = set()
        self._text = ""
        self._broke = False
        self._usd: float | None = None
        self._usd_before = 0.0
        self._mode: str | None = None

    @property
    def denied(self) -> bool:
        return bool(self._refused)

    @property
    def failure(self) -> str | None:
        return (one_line(self._text) or "the agent's session is broken") if self._broke else None

    def update(self, update: Json) -> list[Record]:
        """The records of one `session/update`."""
        kind = update.get("sessionUpdate")
        if kind in ("agent_message_chunk", "agent_thought_chunk"):
            return self._chunk(update, thought=kind == "agent_thought_chunk")
        if kind in ("tool_call", "tool_call_update"):
            return self._tool(update)
        if kind == "plan":
            return [{"kind": "plan", "entries": _entries(update), "raw": update}]
        if kind == "current_mode_update":
            return self.mode(_string(update.get("currentModeId")))
        if kind == "usage_update":
            return self._cost(_mapping(update.get("cost")))
        if kind == "session_info_update":
            status = _mapping(_mapping(_meta(update).get("codex")).get("threadStatus"))
            if status.get("type") == "systemError":  # all that codex-acp says of a failure
                self._broke, self._text = True, ""
        return []

    def mode(self, mode: str | None) -> list[Record]:
        """The agent works in this mode."""
        if mode is None or mode == self._mode:
            return []
        self._mode = mode
        return [{"kind": "mode", "mode": mode}]

    def begin(self) -> None:
        """The turn begins: what was said and spent until now belongs to former ones."""
        self._usd_before, self._usd = self._usd or 0.0, None

    def usage(self, result: Json) -> list[Record]:
        """What the turn has cost, by the answer to `session/prompt`."""
        usage = _mapping(result.get("usage"))
        given, out, whole = (_number(usage.get(f"{n}Tokens")) for n in ("input", "output", "total"))
        cached, stored = (_number(usage.get(f"cached{n}Tokens")) for n in ("Read", "Write"))
        if given + out + cached + stored <= whole and cached + stored:
            given += cached + stored  # told apart; elsewhere the cached ones are among the input
        usd = self._cost_of_turn
        if not usage and usd is None:
            return []
        counts = {"input": given, "output": out, "cached": cached, "usd": usd}
        return [{"kind": "usage", **counts, "raw": usage}]

    def asked(self, ask: str, request: Json) -> Record:
        """The record of a `session/request_permission`."""
        told = _mapping(request.get("toolCall"))
        call = self._known(_string(told.get("toolCallId")) or "")
        call.update(_stated(told))
        call["diffs"] = {**call.get("diffs", {}), **dict(self._diffs(told))}
        plan = call.get("kind") == "switch_mode"
        options = [_option(each) for each in _mappings(request.get("options"))]
        record: dict[str, Any] = {
            "kind": "ask",
            "ask": ask,
            "question": "plan" if plan else "permission",
            "title": one_line(_string(call.get("title")) or "may I go on?"),
            "options": _plan_options(options) if plan else options,
            "raw": request,
        }
        tool = _tool_kind(call)
        # An agent that wants leave to think means a helper of its own, which does anything.
        record |= {} if plan else {"tool": "other" if tool == "think" else tool}
        text = _string(_mapping(call.get("rawInput")).get("plan")) or _content_text(call)
        command = _command(call) or (record["title"] if record.get("tool") == "execute" else None)
        facts = {
            "command": command,
            "paths": list(dict.fromkeys([*map(self._relative, _paths(call)), *call["diffs"]])),
            "diff": "".join(call["diffs"].values()),
            "text": text[:OUTPUT],
        }
        return {**record, **{key: value for key, value in facts.items() if value}}

    def refused(self, request: Json) -> None:
        """What was asked by this request was refused, so that its tool fails for that."""
        self._refused.add(_string(_mapping(request.get("toolCall")).get("toolCallId")) or "")

    def _chunk(self, update: Json, *, thought: bool) -> list[Record]:
        text = _block_text(_mapping(update.get("content")))
        if not text:
            return []
        if thought:
            return [{"kind": "thought", "text": text}]
        self._text = (self._text + text)[-OUTPUT:]
        return [{"kind": "text", "stream": "agent", "text": text}]

    def _known(self, id: str) -> dict[str, Any]:
        return self._tools.setdefault(id, {})

    def _tool(self, update: Json) -> list[Record]:
        id = _string(update.get("toolCallId")) or ""
        call = self._known(id)
        earlier = call.get("output", "")
        diffs = {**call.get("diffs", {}), **dict(self._diffs(update))}
        call.update(_stated(update))
        call["diffs"] = diffs
        call["output"] = (earlier + _terminal(update))[-OUTPUT:]
        record = self._tool_record(id, call)
        if record == self._told.get(id):
            return []
        was = self._told.get(id, {}).get("status")
        self._told[id] = record
        edits: list[Record] = []
        if (
            record["status"] == "ok"
            and was != "ok"
            and record["tool"] in ("edit", "delete", "move")
        ):
            edits = self._edits(call)
        return [{**record, "raw": update}, *edits]

    def _tool_record(self, id: str, call: Json) -> dict[str, Any]:
        status = _STATES.get(str(call.get("status")), "pending")
        if status == "failed" and id in self._refused:
            status = "denied"
        title = one_line(_string(call.get("title")) or _string(call.get("name")) or "a tool")
        path = next(iter(_paths(call)), None)
        facts: dict[str, Any] = {"command": _command(call), "exit_code": _exit_code(call)}
        if path and _tool_kind(call) != "execute":  # a command's path is but where it runs
            facts["path"] = self._relative(path)
        if status in ("ok", "failed", "denied"):  # until then each update would say it all again
            facts["output"] = (call.get("output") or _output(call))[:OUTPUT] or None
        base = {"kind": "tool", "id": id, "title": title, "tool": _tool_kind(call)}
        known = {key: value for key, value in facts.items() if value is not None}
        return {**base, "status": status, **known}

    def _edits(self, call: Json) -> list[Record]:
        diffs: dict[str, str | None] = dict(call.get("diffs", {}))
        if not diffs:
            diffs = {self._relative(path): None for path in _paths(call)}
        return [{"kind": "edit", "path": path, "diff": diff} for path, diff in diffs.items()]

    def _diffs(self, call: Json) -> list[tuple[str, str]]:
        found = [part for part in _mappings(call.get("content")) if part.get("type") == "diff"]
        paths = [self._relative(_string(part.get("path")) or "") for part in found]
        return [
            (path, unified(path, _string(part.get("oldText")), _string(part.get("newText")) or ""))
            for path, part in zip(paths, found, strict=True)
        ]

    def _relative(self, path: str) -> str:
        """A path as the workspace has it; as it is where it is outside."""
        pure = PurePosixPath(path)
        inside = pure.is_relative_to(self._cwd) and ".." not in pure.parts
        return str(pure.relative_to(self._cwd)) if inside else path

    @property
    def _cost_of_turn(self) -> float | None:
        return None if self._usd is None else max(0.0, self._usd - self._usd_before)

    def _cost(self, cost: Json) -> list[Record]:
        """Money is told as it is spent; tokens at the turn's end."""
        amount = cost.get("amount")
        if not isinstance(amount, int | float) or cost.get("currency") != "USD":
            return []
        if self._usd == amount:
            return []
        self._usd = float(amount)
        untold = dict.fromkeys(("input", "output", "cached"))
        return [{"kind": "usage", **untold, "usd": self._cost_of_turn}]


def unified(path: str, old: str | None, new: str) -> str:
    """The change of a file as a unified diff; `old` is None for a new one."""
    import difflib  # whoever lists the agents does without

    before = [] if old is None else old.splitlines(keepends=True)
    names = ("/dev/null" if old is None else f"a/{path}", f"b/{path}")
    lines = difflib.unified_diff(before, new.splitlines(keepends=True), *names)
    whole = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return "".join(whole)


def one_line(text: str) -> str:
    """The first line of a text, not too long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= TITLE else f"{line[: TITLE - 1]}…"


# What may stand in a message


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Sequence[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _meta(value: Json) -> Json:
    return _mapping(value.get("_meta"))


def _stated(update: Json) -> dict[str, Any]:
    """What an update says; what it leaves out, or leaves empty, stays as it was."""
    unsaid: tuple[Any, ...] = (None, [], {})
    return {key: value for key, value in update.items() if value not in unsaid}


def _option(given: Json) -> dict[str, str]:
    kind = given.get("kind")
    id = str(given.get("optionId", ""))
    return option(id, str(given.get("name") or id), str(kind) if kind in _KINDS else "other")


def _plan_options(options: list[dict[str, str]]) -> list[dict[str, str]]:
    """The answers to a plan. The lasting ones that an agent offers switch it to a mode of its
    own, in which it asks less than a level means. So there is its cautious yes only, and the
    same once more for whoever lets it edit: that is then between them and us.
    """
    once = [each for each in options if each["kind"] == "allow_once"][:1]
    if not once:
        return options
    lasting = option(once[0]["id"] + LASTING, "Yes, and edit without asking", "allow_always")
    rest = [each for each in options if not each["kind"].startswith("allow")]
    return [*once, lasting, *rest]


def _entries(update: Json) -> list[dict[str, str]]:
    return [
        {"text": str(e.get("content", "")), "status": _ENTRIES.get(str(e.get("status")), "pending")}
        for e in _mappings(update.get("entries"))
    ]


def _tool_kind(call: Json) -> str:
    kind = call.get("kind")
    return str(kind) if kind in TOOLS else "other"


def _command(call: Json) -> str | None:
    given = _mapping(call.get("rawInput"))
    command = given.get("command") or given.get("cmd")
    if isinstance(command, list):
        return shlex.join(str(word) for word in command)
    return _string(command)


def _paths(call: Json) -> list[str]:
    places = [_string(each.get("path")) for each in _mappings(call.get("locations"))]
    given = _mapping(call.get("rawInput"))
    named = [_string(given.get(key)) for key in _PATHS]
    return list(dict.fromkeys(path for path in (*places, *named) if path))


def _block_text(block: Json) -> str:
    """The text of a content block; of other kinds, that there was one."""
    kind = block.get("type")
    if kind == "text":
        return _string(block.get("text")) or ""
    if kind == "resource_link":
        return _string(block.get("uri")) or ""
    if kind == "resource":
        return _string(_mapping(block.get("resource")).get("text")) or ""
    return f"[{kind}]" if isinstance(kind, str) else ""


def _content_text(call: Json) -> str:
    parts = _mappings(call.get("content"))
    blocks = [_mapping(part.get("content")) for part in parts if part.get("type") == "content"]
    return "".join(_block_text(block) for block in blocks)


def _terminal(update: Json) -> str:
    """What codex-acp lets a client see of a command that the agent runs itself."""
    return _string(_mapping(_meta(update).get("terminal_output_delta")).get("data")) or ""


def _output(call: Json) -> str:
    raw = call.get("rawOutput")
    return _content_text(call) or _string(raw) or _string(_mapping(raw).get("output")) or ""


def _exit_code(call: Json) -> int | None:
    raw = _mapping(call.get("rawOutput"))
    said = (
        _mapping(_meta(call).get("terminal_exit")).get("exit_code"),
        _mapping(raw.get("metadata")).get("exit"),
        raw.get("exit_code"),
        raw.get("exitCode"),
    )
    return next((code for code in said if isinstance(code, int)), None)
