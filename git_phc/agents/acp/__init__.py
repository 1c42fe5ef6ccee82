"""Agents over ACP, the Agent Client Protocol: one adapter, many agents.

`presets.py` is the table of those that are known; another one is an entry of configuration:

    git config phc.agents.mine.acp "mine --acp"

The conversation is the protocol library's, the process is ours. We offer the agent neither files
nor terminals, so that it works by its own hands, and asks before it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent


@hook
def phc_agents(settings: Mapping[str, Mapping[str, str]]) -> Sequence[Agent]:
    """The presets, and those that the user's settings make."""
    from git_phc.agents.acp.agent import AcpAgent
    from git_phc.agents.acp.presets import presets

    return [AcpAgent(preset) for preset in presets(settings)]
