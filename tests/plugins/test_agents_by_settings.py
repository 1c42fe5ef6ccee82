"""The hook `phc_agents` is given what the user has set for agents, when it asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from git_phc.plugins import hook
from git_phc.plugins.manager import Plugins
from git_phc.plugins.protocols import Agent, Availability, Run, Turn
from git_phc.services.context import open_context
from tests.kit import MakeRepo, Phc, RunGit


class Named(Agent):
    def __init__(self, name: str) -> None:
        self.name = name

    def check(self, settings: Mapping[str, Any]) -> Availability:
        return Availability(version="1")

    def start(self, turn: Turn) -> Run:
        raise NotImplementedError


class BySettings:
    @hook
    def phc_agents(self, settings: Mapping[str, Mapping[str, str]]) -> Sequence[Agent]:
        return [Named(name) for name, own in settings.items() if "robot" in own]


class OfItsOwn:
    @hook
    def phc_agents(self) -> Sequence[Agent]:
        return [Named("fixed")]


def test_a_plugin_makes_agents_of_what_is_set() -> None:
    plugins = Plugins({"mine": {"robot": "beep"}, "other": {"tune": "la"}})
    for plugin in (BySettings(), OfItsOwn()):
        plugins._pluggy.register(plugin)
    assert plugins.agent("mine").name == "mine"
    assert plugins.agent("fixed").name == "fixed"
    assert "other" not in [agent.name for agent in plugins.agents()]


def test_what_is_set_for_agents_is_read_by_their_names(make_repo: MakeRepo, git: RunGit) -> None:
    repo = make_repo()
    for key, value in (
        ("phc.agents.mine.command", "/opt/mine"),
        ("phc.agents.mine.command", "/opt/two"),
        ("phc.agents.my.own-One.acp", "x --acp"),
        ("phc.agent", "mine"),
        ("phc.agents", "not one of them"),
    ):
        git(repo, "config", "--add", key, value)
    found = open_context(repo, os.environ).agents
    assert found == {"mine": {"command": "/opt/two"}, "my.own-One": {"acp": "x --acp"}}


def test_of_two_agents_with_one_name_neither_is_taken_in_silence(
    make_repo: MakeRepo, git: RunGit, phc: Phc
) -> None:
    repo = make_repo()
    git(repo, "config", "phc.agents.claude.acp", "my-claude --acp")
    why = "two agents are called claude, so it is not known which is meant"
    for words in (("start", "-a", "claude", "x"), ("start", "x")):  # the first one looked for
        refused = phc(*words, cwd=repo)
        assert refused.code == 1
        assert " ".join(refused.err.split()) == (
            f"git phc: {why}. "
            "Where phc.agents.claude.acp makes one of them, give that one another name."
        )
    rows = [line for line in phc("agents", cwd=repo).lines if line.startswith("claude ")]
    assert len(rows) == 2
    assert all(why in row for row in rows)
    git(repo, "config", "phc.agents.opencode.acp", "my-opencode acp")  # it speaks the protocol
    assert (
        "my-opencode is not a program on PATH" in phc("start", "-a", "opencode", "x", cwd=repo).err
    )
