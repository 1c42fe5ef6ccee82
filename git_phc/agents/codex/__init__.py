"""codex, driven through `codex app-server`: JSON-RPC on its standard streams.

`codex exec --json` never asks, so that the usual autonomy, `ask`, could not be had with it. The
app server asks, tells tokens, can be interrupted and goes on with conversations.

What each level of autonomy makes of codex (`levels.py`):

    plan         its plan mode, in its read-only sandbox; whatever would leave that asks us, and
                 is refused. Commands that only read do run in the sandbox: it is how codex
                 reads. The user's own rules for codex (`$CODEX_HOME/rules`), which elsewhere let
                 a command out of the sandbox without a question, have no power here. A plan is
                 asked about, and then carried out in the same turn
    ask          the read-only sandbox; a command that must write or needs the network, and each
                 patch, asks. A command that does not ask just fails, as codex then tells the
                 model, and nobody else. The user's own rules for codex hold
    accept-edits as `ask`; patches of files in the workspace are allowed by who answers. A
                 command asks even where it does nothing but write a file: codex cannot tell
    auto         the sandbox in which the workspace and the temporary folders may be written,
                 and nothing is reached by network; what would leave that asks
    bypass       no sandbox, no questions

Where the system has no user namespaces (some containers) codex's sandbox does not start: then
its commands fail, its patches ask, and nothing is written that nobody allowed.

codex searches the web without asking, so it can do that in `auto` and `bypass` only. MCP servers
that the user has set up for codex run as they do in codex: outside the sandbox, and asking
unless the user has told codex that they need not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.agents.codex.run import CodexRun
from git_phc.agents.codex.sessions import find_session, fork, take_in
from git_phc.agents.program import Program
from git_phc.agents.sessions import read_files
from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Availability, Files, Turn

PROGRAM = Program("codex", "@openai/codex")


class Codex(Agent):
    """The agent `codex`."""

    name = "codex"
    about = "OpenAI's codex, through its app server"
    tried = "0.169.0"
    asks = True
    confined = True

    def check(self, settings: Mapping[str, Any]) -> Availability:
        return PROGRAM.check(settings)

    def start(self, turn: Turn) -> CodexRun:
        return CodexRun([*PROGRAM.argv(turn.settings), "app-server"], turn)

    def hosts(self, environ: Mapping[str, str]) -> Sequence[str]:
        of_login = ("https://chatgpt.com", "https://auth.openai.com")
        return [environ.get("OPENAI_BASE_URL") or "https://api.openai.com", *of_login]

    def has_session(self, session: str, turn: Turn) -> bool:
        return find_session(session, turn.env) is not None

    def export_session(self, session: str, turn: Turn) -> Files:
        found = find_session(session, turn.env)
        return read_files({found.name: found.path} if found else {})

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return take_in(session, files, turn.env)

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return fork(session, files, turn.env)


@hook
def phc_agents() -> Sequence[Agent]:
    """The agent `codex`."""
    return [Codex()]
