"""Which agents there are here, and how each stands."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.plugins.manager import Broken, two_of
from git_phc.plugins.protocols import Agent, Availability
from git_phc.services.context import Context

PREFERRED = ("claude", "codex", "opencode", "gemini", "qwen", "goose", "kimi")


class Listed(Struct, frozen=True):
    """An agent, and whether it can be used here."""

    agent: Agent
    state: Availability


def listed(ctx: Context) -> list[Listed]:
    """Every agent of every plugin, in the order of their names; asks each how it stands.

    One whose adapter fails is named in `ctx.plugins.broken`, and stands in nobody's way.
    """
    found: list[Listed] = []
    agents = ctx.plugins.agents()
    names = Counter(agent.name for agent in agents)
    for agent in agents:
        if names[agent.name] > 1:
            why = two_of(agent.name)
            found.append(Listed(agent, Availability(missing=why.message, hint=why.hint)))
            continue
        try:
            usual = {"command": ["true"]} if agent.name == "command" else {}
            state = agent.check({**settings_of(ctx, agent.name), **usual})
            found.append(Listed(agent, state))
        except Exception as error:  # noqa: BLE001  (a stranger's code may raise anything)
            ctx.plugins.broken.append(Broken(agent.name, f"{type(error).__name__}: {error}"))
    return found


def settings_of(ctx: Context, name: str) -> dict[str, object]:
    """What an agent is asked with: the user's settings for it, and their PATH."""
    return {**ctx.agents.get(name, {}), "path": ctx.environ.get("PATH")}


def first_installed(ctx: Context) -> str:
    """The agent of somebody who has named none. Raises Refused where none can be used."""
    for name in PREFERRED:
        if not ctx.plugins.agent(name).check(settings_of(ctx, name)).missing:
            return name
    raise Refused(
        "no agent was named, none is set, and none is installed",
        'Run a command as the agent: git phc start "…" -- COMMAND; or see: git phc agents',
    )
