"""The agents that speak the protocol, as a table: what each is called, how it is started, and
what it calls the levels of autonomy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from git_phc.agents.acp import claude, codex, opencode, opencode_sessions
from git_phc.agents.acp.sessions import NoSessions, Sessions, Spent
from git_phc.agents.claude import PROJECT_SETTINGS
from git_phc.model.autonomy import AUTONOMIES
from git_phc.plugins.protocols import Turn

Modes = Mapping[str, tuple[str, ...]]
"""By level of autonomy: the agent's modes that allow no more, the best one first."""


def _no_meta(_: str) -> dict[str, Any]:
    return {}


def _not_told(_: str, __: Turn) -> Spent | None:
    return None


def _same(_: str, turn: Turn) -> Mapping[str, str]:
    return turn.env


class Preset(Struct, frozen=True):
    """One agent.

    Attributes:
        name: the name that users type.
        argv: the program that speaks the protocol, and its arguments.
        command: the user's own command line instead of `argv`, or None.
        get: how one gets it.
        package: its package of npm, by which its version is found; "" where it is of another kind.
        modes: see `Modes`. A level that is not named leaves the agent in its own mode.
        asks: whether it is known to ask before it does what a level does not allow.
        live: whether a change of mode counts at once, in the middle of a turn.
        environ: its environment, by level; from the turn's own one.
        meta: what is added to the request for a session (`_meta`), by level.
        sessions: how a conversation is moved to another machine.
        spent: what a conversation has cost, where the protocol's word for that is not enough.
        project_settings: see `Agent`.
        tried: the version that it was last run with for real, None where it never was.
    """

    name: str
    argv: Sequence[str]
    command: str | None = None
    get: str = ""
    package: str = ""
    modes: Modes = field(default_factory=dict)
    asks: bool = True
    live: bool = False
    environ: Callable[[str, Turn], Mapping[str, str]] = _same
    meta: Callable[[str], Mapping[str, Any]] = _no_meta
    sessions: Sessions = field(default_factory=NoSessions)
    spent: Callable[[str, Turn], Spent | None] = _not_told
    project_settings: Sequence[str] = ()
    tried: str | None = None


def _modes(*ladder: tuple[str, ...]) -> Modes:
    """One entry for each level, from the strictest."""
    return dict(zip(AUTONOMIES, ladder, strict=True))


PRESETS = (
    Preset(
        "opencode",
        ("opencode", "acp"),
        get="npm install -g opencode-ai",
        package="opencode-ai",
        modes=_modes(("plan",), ("build",), ("build",), ("build",), ("build",)),
        environ=opencode.environ,
        sessions=opencode_sessions.OpencodeSessions(),
        spent=opencode_sessions.spent,
        tried="1.18.33",
    ),
    Preset(
        "claude-acp",
        ("claude-agent-acp",),
        get="npm install -g @agentclientprotocol/claude-agent-acp (it needs Node 22)",
        package="@agentclientprotocol/claude-agent-acp",
        modes=_modes(
            ("plan",),
            ("default",),
            ("default",),  # its acceptEdits lets mv, rm and sed run too
            ("auto", "default"),
            ("bypassPermissions", "default"),
        ),
        live=True,
        environ=claude.environ,
        meta=claude.meta,
        sessions=claude.ClaudeSessions(),
        project_settings=PROJECT_SETTINGS,
        tried="0.101.0",
    ),
    Preset(
        "codex-acp",
        ("codex-acp",),
        get="npm install -g @agentclientprotocol/codex-acp",
        package="@agentclientprotocol/codex-acp",
        # What its sandbox lets pass is not asked, so nothing that writes may pass before `auto`.
        modes=_modes(
            ("read-only",),
            ("read-only",),
            ("read-only",),
            ("workspace-write",),
            ("agent-full-access", "workspace-write"),
        ),
        environ=codex.environ,
        sessions=codex.CodexSessions(),
        tried="2.6.0",
    ),
    Preset(
        "gemini-acp",
        ("gemini", "--acp"),
        get="npm install -g @google/gemini-cli",
        package="@google/gemini-cli",
        modes=_modes(("plan",), ("default",), ("autoEdit",), ("autoEdit",), ("yolo", "autoEdit")),
        # No `sessions`: what it loads may come back without its beginning, and is then saved so.
        tried="0.61.0",
    ),
    Preset(
        "qwen",
        ("qwen", "--acp"),
        get="npm install -g @qwen-code/qwen-code",
        package="@qwen-code/qwen-code",
        modes=_modes(("plan",), ("default",), ("auto-edit",), ("auto-edit",), ("yolo",)),
    ),
    Preset(
        "goose",
        ("goose", "acp"),
        get="the instructions of its project, block/goose",
        modes=_modes(("approve",), ("approve",), ("approve",), ("smart_approve",), ("auto",)),
    ),
    Preset("kimi", ("kimi", "acp"), get="pip install kimi-cli"),
)


def presets(settings: Mapping[str, Mapping[str, str]]) -> list[Preset]:
    """The table, and what the user has added: `phc.agents.NAME.acp` is a command line, and
    `phc.agents.NAME.mode-LEVEL` what that agent calls a level of autonomy.
    """
    known = {preset.name: preset for preset in PRESETS}
    added = {name: Preset(name, (), asks=False) for name, own in settings.items() if "acp" in own}
    return [_with(preset, settings.get(name, {})) for name, preset in {**added, **known}.items()]


def _with(preset: Preset, own: Mapping[str, str]) -> Preset:
    said = {level: (own[f"mode-{level}"],) for level in AUTONOMIES if f"mode-{level}" in own}
    return replace(preset, modes={**preset.modes, **said}, command=own.get("acp"))
