"""What one can choose for a new task, the usual choice first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from git_phc.errors import PhcError
from git_phc.model.autonomy import AUTONOMIES
from git_phc.model.events.edited import MODES
from git_phc.services.agents import first_installed, listed
from git_phc.services.context import Context
from git_phc.services.terms import own_level


def choices(ctx: Context) -> Mapping[str, Sequence[str]]:
    """Agents that can work here, modes and levels, by what they are called in an order."""
    agents = [one.agent.name for one in listed(ctx) if not one.state.missing]
    usual = ctx.setting("agent") or ""
    if not usual:
        with suppress(PhcError):
            usual = first_installed(ctx)
    found = {
        "agent": _first(usual, [name for name in agents if name != "command"]),
        "mode": _first(ctx.setting("mode") or "worktree", MODES),
        "autonomy": _first(own_level(ctx), AUTONOMIES),
    }
    return {name: words for name, words in found.items() if words}


def _first(usual: str, words: Sequence[str]) -> Sequence[str]:
    """The words, with the usual one in front."""
    return [*(word for word in words if word == usual), *(w for w in words if w != usual)]
