"""The agents of the stories in `test_stories.py`: another one is another row here.

A story says "write this file" and "run that command"; how a scripted model must say it, so that
the agent asks before it does, differs from agent to agent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

Step = Callable[..., str]


@dataclass(frozen=True)
class Case:
    """One agent.

    Attributes:
        agent: what users call it.
        program: what npm calls it.
        write: a step that writes a file, given its name and one line of content, and asks.
        run: a step that runs a command, and asks.
        shell: a step that runs a command as the agent does if it is told nothing else.
        plan: the steps that show a plan and wait until it is approved; None where the agent
            does not do that within a turn.
        asks: whether it asks at all.
        goes_on: whether it goes on with its turn when it is refused something.
        usage: tokens in and out that two answers of the model cost; gemini also asks one which
            model to ask.
    """

    agent: str
    program: str
    write: Step
    run: Step
    shell: Step
    plan: str | None = None
    asks: bool = True
    goes_on: bool = True
    usage: tuple[int, int] = (280, 40)


def write(name: str, line: str) -> str:
    """With the agent's tool for that, whatever its name."""
    return f"[[write {name}|{line}]]"


def run(command: str) -> str:
    """With the agent's shell."""
    return f"[[bash {command}]]"


def codex_write(name: str, line: str) -> str:
    patch = f"*** Begin Patch\n*** Add File: {name}\n+{line}\n*** End Patch"
    return _codex(f"apply_patch <<'EOF'\n{patch}\nEOF")


def codex_run(command: str) -> str:
    """Outside its sandbox, where it asks."""
    return _codex(command, sandbox_permissions="require_escalated", justification="I must")


def _codex(command: str, **more: str) -> str:
    return f"[[call exec_command|{json.dumps({'cmd': command, **more})}]]"


def gemini_write(name: str, line: str) -> str:
    """Whether it has the tool or not: what it may not use it is not shown."""
    return _gemini("write_file", file_path=name, content=f"{line}\n")


def gemini_run(command: str) -> str:
    return _gemini("run_shell_command", command=command)


def _gemini(tool: str, **given: str) -> str:
    return f"[[call {tool}|{json.dumps(given)}]]"


CLAUDE_PLAN = "[[plan # First this]] [[call ExitPlanMode|{}]]"
CODEX_PLAN = "[[say <proposed_plan>\n# First this\n</proposed_plan>]]"

CASES = (
    Case("claude", "claude", write, run, run, CLAUDE_PLAN),
    Case("codex", "codex", codex_write, codex_run, run, CODEX_PLAN),
    Case("gemini", "gemini", gemini_write, gemini_run, gemini_run, asks=False, usage=(420, 60)),
    Case("opencode", "opencode", write, run, run),
    Case("claude-acp", "claude-agent-acp", write, run, run, CLAUDE_PLAN),
    Case("codex-acp", "codex-acp", codex_write, codex_run, run, goes_on=False),
)
