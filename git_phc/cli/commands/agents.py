"""`git phc agents`: which agents there are, and what each lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from git_phc.cli import render
from git_phc.cli.command import Command
from git_phc.cli.options import as_json
from git_phc.cli.safe import one_line
from git_phc.cli.terminal import Terminal, pass_terminal
from git_phc.services.agents import Listed, listed


@click.command("agents", cls=Command)
@as_json
@pass_terminal
def command(terminal: Terminal, *, as_json: bool) -> None:
    """List the agents that can work on tasks here, and what each one lacks.

    "tried" is the version that it was last run with for real; an agent without one was
    written by its documentation alone.
    """
    found = listed(terminal.context)
    if as_json:
        render.document(terminal, {"agents": [_data(one) for one in found]})
    else:
        for line in render.table([_row(one) for one in found]):
            render.line(terminal, line)


def _data(one: Listed) -> Mapping[str, Any]:
    agent, state = one.agent, one.state
    body = {
        "name": agent.name,
        "about": agent.about or None,
        "version": state.version,
        "missing": state.missing,
        "hint": state.hint,
        "tried": agent.tried,
        "asks": agent.asks,
    }
    return {name: value for name, value in body.items() if value is not None or name == "missing"}


def _row(one: Listed) -> list[str]:
    """Name, version, whether it was tried, and what to do."""
    agent, state = one.agent, one.state
    tried = {None: "never tried", "any": ""}.get(agent.tried, f"tried with {agent.tried}")
    how = f"; {state.hint}" if state.hint and state.missing else ""
    what = f"{state.missing}{how}" if state.missing else "ready to use"
    return [one_line(cell) for cell in (agent.name, state.version or "", tried, what)]
