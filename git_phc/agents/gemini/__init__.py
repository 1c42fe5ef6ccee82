"""gemini, by its own command line.

It cannot ask over it, and over ACP, where it could, it can lose a conversation (0.61.0). So
what a level does not allow is not asked but impossible: `levels.py` forbids it by gemini's own
policies, in the tier that nothing of the user's or the project's outweighs.

    plan         its plan mode; tools that read and search in files, and no other
    ask          the same tools; whatever would have to be asked is denied. For gemini's own way
                 to ask there is `gemini-acp`
    accept-edits also the tools that edit files, which gemini keeps inside the workspace
    auto         what gemini's own policies, and the user's, allow when nobody can be asked:
                 edits, the web, and what the user has set up
    bypass       everything

Left alone, gemini is laxer than its modes' names: where nobody can be asked it may begin a plan
of its own accord, approve it by itself and then do whatever it wants. So the tools for that are
forbidden at every level but `bypass`. Policies of the machine's administrator make gemini pass
over ours: then only `bypass` can be kept, and anything else is refused.

The workspace counts as trusted (`--skip-trust`), since gemini does not work in one that is not:
settings and hooks of the project that lies in it hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.agents.gemini import sessions
from git_phc.agents.gemini.levels import arguments, write_policy
from git_phc.agents.gemini.run import GeminiRun
from git_phc.agents.program import Program
from git_phc.agents.sessions import read_files
from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Availability, Files, Turn

PROGRAM = Program("gemini", "@google/gemini-cli")


class Gemini(Agent):
    """The agent `gemini`."""

    name = "gemini"
    about = "Google's gemini; it cannot ask: what its autonomy does not allow is denied"
    tried = "0.61.0"
    asks = False
    confined = True

    def check(self, settings: Mapping[str, Any]) -> Availability:
        return PROGRAM.check(settings)

    def start(self, turn: Turn) -> GeminiRun:
        argv = [*PROGRAM.argv(turn.settings), *arguments(turn, write_policy(turn))]
        return GeminiRun([*argv, *sessions.arguments(turn)], turn)

    def hosts(self, environ: Mapping[str, str]) -> Sequence[str]:
        service = environ.get("GOOGLE_GEMINI_BASE_URL")
        of_login = ("https://oauth2.googleapis.com", "https://cloudcode-pa.googleapis.com")
        return [service or "https://generativelanguage.googleapis.com", *of_login]

    def has_session(self, session: str, turn: Turn) -> bool:
        return sessions.find(session, turn) is not None

    def export_session(self, session: str, turn: Turn) -> Files:
        found = sessions.find(session, turn)
        return read_files({f"{session}.jsonl": found} if found else {})

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return sessions.take_in(session, files, turn)

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return sessions.fork(session, files, turn)


@hook
def phc_agents() -> Sequence[Agent]:
    """The agent `gemini`."""
    return [Gemini()]
