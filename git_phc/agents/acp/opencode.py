"""What is particular to opencode: it does whatever it is not told to ask for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from git_phc.plugins.protocols import Turn

READING: dict[str, Any] = {
    "read": {"*": "allow", "*.env": "ask", "*.env.*": "ask", "*.env.example": "allow"},
    **dict.fromkeys(("glob", "grep", "list", "lsp", "skill", "todoread", "todowrite"), "allow"),
}
AGENTS = ("build", "plan", "general", "explore")  # its own ones, and those it may call in


def rules(level: str) -> dict[str, Any]:
    """What it may do without asking; the last rule that fits is the one that counts."""
    if level == "bypass":
        return {"*": "allow", "external_directory": "allow", "doom_loop": "allow"}
    edits = "allow" if level in ("accept-edits", "auto") else "ask"
    asking = ("bash", "task", "webfetch", "websearch", "external_directory", "doom_loop")
    # Named one by one too, so that nothing which the project's own settings allow stays in force.
    return {"*": "ask", **READING, "edit": edits, **dict.fromkeys(asking, "ask")}


def environ(level: str, turn: Turn) -> dict[str, str]:
    """The environment that holds it to a level, over the user's and the project's settings."""
    may = rules(level)
    config: dict[str, Any] = {
        "agent": {name: {"permission": may} for name in AGENTS},
        # Else a refusal ends its turn, where others go on with what they may do.
        "experimental": {"continue_loop_on_deny": True},
    }
    with suppress(ValueError):  # what the user has there may be none that we could keep
        config = _laid_over(json.loads(turn.env.get("OPENCODE_CONFIG_CONTENT") or "{}"), config)
    content, permission = json.dumps(config), json.dumps(may)
    return {**turn.env, "OPENCODE_CONFIG_CONTENT": content, "OPENCODE_PERMISSION": permission}


def _laid_over(below: Any, above: Any) -> Any:
    """`above`, with what only `below` has. An order of rules is kept, and counts."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = {key: _laid_over(below.get(key), value) for key, value in above.items()}
    return {**{key: value for key, value in below.items() if key not in above}, **both}
