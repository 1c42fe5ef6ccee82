"""The agent `claude`: Claude Code, by its own command line and its streams of JSON.

What each level of autonomy makes of it (`levels.py`):

    plan         its plan mode. Whatever does more than read asks us and is refused, until the plan
                 that it shows is approved
    ask          whatever does more than read asks, also where rules in claude's own settings, or
                 in those of the project, would let it pass. Commands that are known to do nothing
                 but read (`agents/shell.py`) pass: it is how claude searches
    accept-edits as `ask`; edits in the workspace are allowed by who answers
    auto         its auto mode, in which it edits in the workspace, and a classifier at the model's
                 provider judges commands; what it refuses is refused. Where a session has no
                 classifier, the rest of the turn asks
    bypass       nothing asks but claude's own questions. Root must say `IS_SANDBOX=1`

A turn is over when claude rests and none of its subagents works any more. Commands that it has
left running in the background end with the turn.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from git_phc.agents.claude.sessions import Sessions, config
from git_phc.agents.program import Program
from git_phc.errors import PhcError
from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Availability, Files, Turn

if TYPE_CHECKING:
    from git_phc.agents.claude.run import ClaudeRun

PROGRAM = Program("claude", "@anthropic-ai/claude-code")
WORDS = (
    *("-p", "--verbose", "--output-format", "stream-json", "--input-format", "stream-json"),
    *("--permission-prompt-tool", "stdio"),
)
# Its user's own settings and words for a project; claude itself lets git ignore them.
PROJECT_SETTINGS = (".claude/settings.local.json", "CLAUDE.local.md")
# What a claude sets for its children: one that finds them believes to be inside another.
FOREIGN = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT")


class Claude(Agent):
    """The agent `claude`."""

    name = "claude"
    about = "Claude Code, natively"
    tried = "2.1.330"
    asks = True
    confined = True
    project_settings = PROJECT_SETTINGS

    def check(self, settings: Mapping[str, Any]) -> Availability:
        return PROGRAM.check(settings)

    def start(self, turn: Turn) -> ClaudeRun:
        # whoever only asks whether it is here does without
        from git_phc.agents.claude import levels
        from git_phc.agents.claude.run import ClaudeRun
        from git_phc.agents.jsonlines import JsonLines

        level = str(turn.settings.get("autonomy") or "ask")
        if level == "bypass" and os.geteuid() == 0 and turn.env.get("IS_SANDBOX") != "1":
            raise PhcError("claude refuses bypass to root, unless IS_SANDBOX=1 is set")
        argv = [*PROGRAM.argv(turn.settings), *WORDS]
        argv += ["--permission-mode", levels.mode(level)]
        if turn.settings.get("model"):
            argv.append(f"--model={turn.settings['model']}")  # one word: it may look like an option
        if turn.session:
            argv += ["--resume", turn.session]
        env = {name: value for name, value in turn.env.items() if name not in FOREIGN}
        program = JsonLines(argv, turn, env=env, listens=True)
        roots = list(dict.fromkeys([str(turn.cwd), os.path.realpath(turn.cwd)]))
        return ClaudeRun(program, turn.prompt, level, roots, str(config(env) / "plans"))

    def hosts(self, environ: Mapping[str, str]) -> Sequence[str]:
        return [environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"]

    def has_session(self, session: str, turn: Turn) -> bool:
        return Sessions(turn.env, turn.cwd).has(session)

    def export_session(self, session: str, turn: Turn) -> Files:
        return Sessions(turn.env, turn.cwd).read(session)

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return Sessions(turn.env, turn.cwd).write(session, files)

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return Sessions(turn.env, turn.cwd).fork(session, files)


@hook
def phc_agents() -> Sequence[Agent]:
    """The agent `claude`."""
    return [Claude()]
