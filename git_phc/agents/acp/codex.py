"""What is particular to codex behind the protocol."""

from __future__ import annotations

import json
from contextlib import suppress

from git_phc.agents.codex.levels import ASKED, PLAN
from git_phc.agents.codex.sessions import find_session, fork, take_in
from git_phc.agents.sessions import read_files
from git_phc.host.process import MARKER
from git_phc.plugins.protocols import Files, Turn


def environ(level: str, turn: Turn) -> dict[str, str]:
    """The environment with what codex is told beyond the protocol. Commands get our mark too,
    where the user's settings keep the environment from them: by it they are found when the run
    is over.
    """
    config: dict[str, object] = {}
    with suppress(ValueError, TypeError):
        config = dict(json.loads(turn.env.get("CODEX_CONFIG") or "{}"))
    config[f"shell_environment_policy.set.{MARKER}"] = turn.env[MARKER]
    if level in ASKED:
        config["web_search"] = "disabled"  # it would not ask
    if level == "plan":  # see `codex.levels`: no rule of the user's gets round the sandbox then
        nothing = str(turn.scratch / "nothing")
        config["default_permissions"] = PLAN
        config["permissions"] = {PLAN: {"filesystem": {":root": "read", nothing: "deny"}}}
    return {**turn.env, "CODEX_CONFIG": json.dumps(config)}


class CodexSessions:
    """Its conversations are those of codex itself."""

    def has(self, _: str, session: str, turn: Turn) -> bool:
        """Whether it is here."""
        return find_session(session, turn.env) is not None

    def export(self, _: str, session: str, turn: Turn) -> Files:
        """Its file."""
        found = find_session(session, turn.env)
        return read_files({found.name: found.path} if found else {})

    def take_in(self, _: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts its file where codex looks for it."""
        return take_in(session, files, turn.env)

    def fork(self, _: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts its files there under a new name."""
        return fork(session, files, turn.env)
