"""What is particular to claude behind the protocol: it goes by rules that others have set."""

from __future__ import annotations

from typing import Any

from git_phc.agents import claude as native
from git_phc.agents.claude.sessions import Sessions
from git_phc.plugins.protocols import Files, Turn

EDITING = ("Edit", "Write", "NotebookEdit")
ACTING = ("Bash", "WebFetch", "WebSearch", "Agent", "Task")
# A rule to ask outweighs what the settings of the user and the project allow. In plan mode claude
# asks for edits whatever these say, but for the plan itself, which it keeps in a file.
ASKED = {"plan": ACTING, "ask": EDITING + ACTING, "accept-edits": EDITING + ACTING}


def environ(_: str, turn: Turn) -> dict[str, str]:
    """The environment without what tells claude that it runs within another one."""
    return {name: value for name, value in turn.env.items() if name not in native.FOREIGN}


def meta(level: str) -> dict[str, Any]:
    """What is asked of its session beyond the protocol."""
    settings: dict[str, Any] = {"permissions": {"ask": list(ASKED.get(level, ()))}}
    settings["useAutoModeDuringPlan"] = level not in ASKED  # its classifier lets commands run
    # Unless it is wanted, the way round all questions is not even there to be switched to.
    bypass = {"allowDangerouslySkipPermissions": level == "bypass"}
    return {"claudeCode": {"options": {"settings": settings, **bypass}}}


class ClaudeSessions:
    """Its conversations are those of claude itself."""

    def has(self, _: str, session: str, turn: Turn) -> bool:
        """Whether it is here."""
        return Sessions(turn.env, turn.cwd).has(session)

    def export(self, _: str, session: str, turn: Turn) -> Files:
        """All of its files."""
        return Sessions(turn.env, turn.cwd).read(session)

    def take_in(self, _: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts its files where claude looks for them."""
        return Sessions(turn.env, turn.cwd).write(session, files)

    def fork(self, _: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts its files there under a new name."""
        return Sessions(turn.env, turn.cwd).fork(session, files)
