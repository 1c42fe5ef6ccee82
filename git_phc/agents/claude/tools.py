"""Claude's tools: what each does, and how one line tells of its use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from git_phc.agents.shapes import mappings, text
from git_phc.agents.shell import reads_only

_KINDS = {
    "read": ("Read", "NotebookRead", "BashOutput", "TaskOutput"),
    "search": ("Glob", "Grep", "LS"),
    "edit": ("Edit", "MultiEdit", "Write", "NotebookEdit"),
    "execute": ("Bash", "PowerShell", "Monitor", "KillShell"),
    "fetch": ("WebFetch", "WebSearch"),
    # What works on nothing but the conversation. A subagent's own tools are asked for one by one.
    "think": (
        *("Agent", "Task", "TaskCreate", "TaskUpdate", "TaskGet", "TaskList", "TodoWrite"),
        *("ToolSearch", "ListAgents", "ReportFindings", "EnterPlanMode"),
    ),
}
KIND = {name: kind for kind, names in _KINDS.items() for name in names}

_PATHS = ("file_path", "notebook_path", "path")
_TITLES = ("description", "pattern", "query", "url", "skill", "subject", "prompt")
WIDEST = 120  # characters of a title


def kind(tool: str) -> str:
    """What a tool does, in the words of the records; "other" for one that we do not know."""
    return KIND.get(tool, "other")


def what(tool: str, given: Mapping[str, Any]) -> str:
    """What this use of a tool does: claude looks around with its shell, too."""
    return "search" if tool == "Bash" and reads_only(text(given, "command")) else kind(tool)


def use(tool: str, given: Mapping[str, Any], roots: Sequence[str]) -> dict[str, Any]:
    """The fields of a record that tell of a tool's use: title, tool, and command or path."""
    fields: dict[str, Any] = {"tool": what(tool, given)}
    command, path = given.get("command"), next((given[p] for p in _PATHS if given.get(p)), None)
    if kind(tool) == "execute" and isinstance(command, str):
        fields["command"] = command
        return {"title": _line(command), **fields}
    if isinstance(path, str):
        fields["path"] = inside(path, roots)
    about = fields.get("path") or next((given[t] for t in _TITLES if given.get(t)), "")
    return {"title": _line(f"{tool} {about}"), **fields}


def inside(path: str, roots: Sequence[str]) -> str:
    """A path relative to the workspace, where it is inside it."""
    for root in roots:
        if PurePath(path).is_relative_to(root) and ".." not in PurePath(path).parts:
            return PurePath(path).relative_to(root).as_posix()
    return path


def would_write(given: Mapping[str, Any], name: str) -> str | None:
    """What the use of an editing tool would change, as a diff; None where it does not tell."""
    pieces = []
    for edit in mappings(given, "edits") or [given]:
        new = edit.get("new_string", edit.get("content", edit.get("new_source")))
        if isinstance(new, str):
            pieces.append(diff(text(edit, "old_string"), new, name))
    return "".join(pieces) or None


def diff(old: str, new: str, name: str) -> str:
    """A unified diff of two texts. Its line numbers are of these texts."""
    import difflib  # whoever lists the agents does without

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    heads = (f"a/{name}" if old else "/dev/null", f"b/{name}")
    return "".join(_ended(line) for line in difflib.unified_diff(before, after, *heads))


def patch(hunks: Sequence[Any], name: str) -> str:
    """A unified diff of the hunks that claude tells of an edit that it made."""
    lines = [f"--- a/{name}\n", f"+++ b/{name}\n"]
    for hunk in hunks:
        if isinstance(hunk, dict) and isinstance(hunk.get("lines"), list):
            at = [hunk.get(key, 0) for key in ("oldStart", "oldLines", "newStart", "newLines")]
            lines.append("@@ -{},{} +{},{} @@\n".format(*at))
            lines += [_ended(str(line)) for line in hunk["lines"]]
    return "".join(lines) if len(lines) > 2 else ""


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"


def _line(said: str) -> str:
    words = " ".join(said.split())
    return words if len(words) <= WIDEST else f"{words[: WIDEST - 1]}…"
