"""What each level of autonomy means to claude.

Claude has modes of its own, but it also goes by rules in the settings of the user, the project
and the machine, which may allow in advance what a level does not (`Bash(*)`, say); and in plan
mode it lets a classifier allow commands. So, below `auto`, a hook that runs before every use of a
tool makes it ask us for whatever does more than read: such a hook outranks the rules. It costs a
tenth of what claude itself takes for a command, so a turn has it from when its level wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from git_phc.agents.claude.tools import what
from git_phc.agents.shapes import mapping, text

# `accept-edits` is not claude's acceptEdits, which also lets mv, rm and sed run.
MODES = {
    "plan": "plan",
    "ask": "default",
    "accept-edits": "default",
    "auto": "auto",
    "bypass": "bypassPermissions",
}
GATED = ("plan", "ask", "accept-edits")
FREE = ("read", "search", "think")
OWN_QUESTIONS = ("AskUserQuestion", "ExitPlanMode")  # they ask in any case

HOOK = "gate"
HOOKS = {"PreToolUse": [{"hookCallbackIds": [HOOK]}]}
_ASK = {
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "ask",
        "permissionDecisionReason": "the task's autonomy does not allow this without asking",
    }
}


def mode(level: str) -> str:
    """Claude's permission mode for a level; one that we do not know gets the strictest."""
    return MODES.get(level, "plan")


def wants_gate(level: str) -> bool:
    """Whether what claude does must be judged by `gate`."""
    return level in GATED or level not in MODES


def gate(level: str, call: Mapping[str, Any], plans: str) -> Mapping[str, Any]:
    """What the hook says to the use of a tool: that it must be asked for, or nothing.

    `plans` is the folder in which claude keeps the plan that it is told to write in plan mode.
    """
    tool, given = text(call, "tool_name"), mapping(call, "tool_input")
    if not wants_gate(level):
        return {}
    if tool in OWN_QUESTIONS or what(tool, given) in FREE or _is_plan(given, plans):
        return {}
    return _ASK


def _is_plan(given: Mapping[str, Any], plans: str) -> bool:
    path = text(given, "file_path")
    return bool(path) and PurePath(path).parent == PurePath(plans)
