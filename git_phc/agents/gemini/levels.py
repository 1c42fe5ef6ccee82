"""What gemini is told for each level of autonomy: its mode, and a policy that holds it to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from git_phc.errors import Refused
from git_phc.plugins.protocols import Turn

MODES = {
    "plan": "plan",
    "ask": "default",
    "accept-edits": "auto_edit",
    "auto": "auto_edit",
    "bypass": "yolo",
}
READING = (
    "glob",
    "grep_search",
    "list_directory",
    "read_file",
    "read_many_files",
    "write_todos",
    "update_topic",
    "complete_task",
)
EDITING = ("write_file", "replace")
ALLOWED = {"plan": READING, "ask": READING, "accept-edits": (*READING, *EDITING)}
# By its own plan, which nobody is asked about, gemini gets from any mode to the one in which it
# may do everything.
ESCAPES = ("enter_plan_mode", "exit_plan_mode")
ADMINISTRATORS = (
    Path("/etc/gemini-cli/policies"),
    Path("/Library/Application Support/GeminiCli/policies"),
)
DENIED = "This task may not do that, and nobody can be asked. Say what you would do."


def level(turn: Turn) -> str:
    """The turn's autonomy; what is not known is as little as can be worked with."""
    asked = str(turn.settings.get("autonomy"))
    return asked if asked in MODES else "ask"


def arguments(turn: Turn, policy: Path | None) -> Sequence[str]:
    """The words behind the program's name, but for the conversation's."""
    words = ["--output-format", "stream-json", "--skip-trust"]
    words += ["--approval-mode", MODES[level(turn)]]
    if policy:
        words += ["--admin-policy", str(policy)]
    if model := turn.settings.get("model"):
        words.append(f"--model={model}")  # one word: a value may look like an option
    return words


def write_policy(turn: Turn, administrators: Iterable[Path] = ADMINISTRATORS) -> Path | None:
    """Writes the policy of the turn's level; None where there is none.

    Raises:
        Refused: gemini would pass over it.
    """
    at = level(turn)
    if at == "bypass":
        return None
    for folder in administrators:
        if any(folder.glob("*.toml")):
            raise Refused(
                f"gemini is under the policies of {folder}, and cannot be held to '{at}'",
                "Use another agent, or --autonomy bypass",
            )
    path = turn.scratch / "gemini.toml"
    path.write_text(policy(at))
    return path


def policy(at: str) -> str:
    """The policy of a level, in gemini's own words (TOML)."""
    if at not in ALLOWED:
        return _rule(ESCAPES, "deny", 900)
    return _rule(("*",), "deny", 500) + _rule(ALLOWED[at], "allow", 600)


def _rule(tools: Sequence[str], decision: str, priority: int) -> str:
    names = ", ".join(f'"{tool}"' for tool in tools)
    lines = ["[[rule]]", f"toolName = [{names}]", f'decision = "{decision}"']
    lines.append(f"priority = {priority}")
    if decision == "deny":
        lines.append(f'denyMessage = "{DENIED}"')
    return "\n".join([*lines, "", ""])
