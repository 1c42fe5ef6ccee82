"""Finds plugins, imports them when they are asked for, and keeps a bad one from the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

import pluggy
from msgspec import Struct, field

from git_phc.errors import PhcError, Refused
from git_phc.plugins import spec
from git_phc.plugins.notifiers import Notifier
from git_phc.plugins.protocols import Agent
from git_phc.plugins.sandboxes import Sandbox

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "git_phc"
# Built-ins by the name that asks for them; modules, so that they too are imported when used.
BUILT_IN = {
    "command": "git_phc.agents.command",
    "acp": "git_phc.agents.acp",
    "fake": "git_phc.agents.fake",
    "claude": "git_phc.agents.claude",
    "codex": "git_phc.agents.codex",
    "gemini": "git_phc.agents.gemini",
}
SANDBOXES = {
    "bubblewrap": "git_phc.sandboxes.bubblewrap",
    "podman": "git_phc.sandboxes.podman",
}
# A command is an agent, too, so the names here are not those that users write.
NOTIFIERS = {
    "notify-screen": "git_phc.notifiers.screen",
    "notify-command": "git_phc.notifiers.command",
    "notify-webhook": "git_phc.notifiers.webhook",
}
OWN = {**BUILT_IN, **SANDBOXES, **NOTIFIERS}


class Broken(Struct, frozen=True):
    """A plugin that could not be used, and why."""

    name: str
    reason: str


class Plugins(Struct, dict=True):
    """The plugins of this installation. Those that fail are listed in `broken`.

    Attributes:
        settings: what the user has set for agents, by the agent's name.
    """

    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    @cached_property
    def found(self) -> dict[str, EntryPoint]:
        """The entry points of others, by name; nothing of them is imported."""
        from importlib.metadata import entry_points  # whoever uses a built-in does without

        return {entry.name: entry for entry in entry_points(group=GROUP)}

    @cached_property
    def _pluggy(self) -> pluggy.PluginManager:
        manager = pluggy.PluginManager("git_phc")
        manager.add_hookspecs(spec)
        return manager

    def agent(self, name: str) -> Agent:
        """The agent of that name. Raises Refused when there is none, or more than one, or its
        plugin is broken.
        """
        if "acp" in self.settings.get(name, {}):
            self._load("acp")  # which so makes one of that name: it must not be passed over
        for plugin in chain((name,), self._others(name)):  # others only if there is need
            self._load(plugin)
            found = [agent for agent in self._agents() if agent.name == name]
            if len(found) > 1:
                raise two_of(name)
            if found:
                return found[0]
        broken = next((b for b in self.broken if b.name == name), None)
        if broken:
            raise Refused(f"the plugin {name} is broken: {broken.reason}", "git phc agents")
        raise Refused(f"there is no agent called {name}", "See which there are: git phc agents")

    def sandbox(self, name: str) -> Sandbox:
        """The sandbox of that name. Raises Refused when there is none, or its plugin is broken."""
        for plugin in chain((name,), (plugin for plugin in self.found if plugin != name)):
            self._load(plugin)
            brought = self._brought("phc_sandboxes")
            found = [one for one in brought if isinstance(one, Sandbox) and one.name == name]
            if found:
                return found[0]
        broken = next((b for b in self.broken if b.name == name), None)
        if broken:
            raise Refused(f"the plugin {name} is broken: {broken.reason}", "Mend it")
        raise Refused(f"there is no sandbox called {name}", f"It is one of: {', '.join(SANDBOXES)}")

    def notifier(self, name: str) -> Notifier:
        """The notifier of that name. Raises Refused when there is none."""
        for plugin in chain(NOTIFIERS, self.found):  # the built-in ones come first, and are cheap
            self._load(plugin)
            brought = self._brought("phc_notifiers")
            found = [one for one in brought if isinstance(one, Notifier) and one.name == name]
            if found:
                return found[0]
        raise Refused(
            f"phc.notify names {name}, and nothing here is called so",
            "It is made of bell, osc9, osc777, command, webhook, and what plugins bring",
        )

    def agents(self) -> Sequence[Agent]:
        """Every agent of every plugin; imports them all."""
        for plugin in (*BUILT_IN, *self.found):
            self._load(plugin)
        return sorted(self._agents(), key=lambda agent: agent.name)

    def named(self, name: str) -> pluggy.HookRelay:
        """The hooks of the plugin of that name alone. Raises Refused where there is none."""
        self._load(name)
        if not self._pluggy.has_plugin(name):
            broken = next((b.reason for b in self.broken if b.name == name), None)
            why = f"is broken: {broken}" if broken else "is not installed"
            raise Refused(
                f"the plugin {name}, which phc.plugins names, {why}",
                "Mend it, or take it out: git config --unset phc.plugins",
            )
        alone = pluggy.PluginManager("git_phc")
        alone.add_hookspecs(spec)
        alone.register(self._pluggy.get_plugin(name), name)
        return alone.hook

    def _others(self, name: str) -> Iterator[str]:
        """Plugins that might bring an agent under another name than their own."""
        yield from (plugin for plugin in chain(BUILT_IN, self.found) if plugin != name)

    def _load(self, plugin: str) -> None:
        if self._pluggy.has_plugin(plugin) or any(b.name == plugin for b in self.broken):
            return
        try:
            if plugin in OWN:
                self._pluggy.register(import_module(OWN[plugin]), plugin)
            elif plugin in self.found:
                self._pluggy.register(self.found[plugin].load(), plugin)
        except Exception as error:  # noqa: BLE001  (a stranger's code may raise anything)
            self.broken.append(Broken(plugin, f"{type(error).__name__}: {error}"))

    def _agents(self) -> list[Agent]:
        brought = self._brought("phc_agents", settings=self.settings)
        return [one for one in brought if isinstance(one, Agent)]

    def _brought(self, hook: str, **given: object) -> list[object]:
        """What the loaded plugins bring by a hook; one that fails is let go."""
        found: list[object] = []
        for name, plugin in self._pluggy.list_name_plugin():
            callers = self._pluggy.subset_hook_caller(
                hook, [p for n, p in self._pluggy.list_name_plugin() if n != name]
            )
            try:
                found += [one for some in callers(**given) for one in some] if plugin else []
            except Exception as error:  # noqa: BLE001
                self._pluggy.unregister(name=name)
                self.broken.append(Broken(name, f"{type(error).__name__}: {error}"))
        return found


def two_of(name: str) -> Refused:
    """Why a name that two agents have means neither."""
    return Refused(
        f"two agents are called {name}, so it is not known which is meant",
        f"Where phc.agents.{name}.acp makes one of them, give that one another name",
    )


class Listeners:
    """The plugins that `phc.plugins` names: their rules for secrets, and who hears of events.

    Raises Refused for a name that is no plugin, or a broken one: a rule that somebody counts
    on must not be left out in silence.
    """

    def __init__(self, plugins: Plugins, names: Sequence[str]) -> None:
        self._broken = plugins.broken
        self._named = [(name, plugins.named(name)) for name in dict.fromkeys(names)]

    def rules(self) -> list[Callable[[str], str]]:
        """What takes secrets out of a text, one function a plugin."""
        return [partial(_redacted, name, hook) for name, hook in self._hooks("phc_redact")]

    def tell(self, task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Tells all of an event."""
        for name, hook in self._hooks("phc_event"):
            try:
                hook(task=task, event=event)
            except Exception as error:  # noqa: BLE001  (a stranger's code may raise anything)
                why = f"it failed at an event: {type(error).__name__}: {error}"
                self._broken.append(Broken(name, why))

    def hosts(self, environ: Mapping[str, str]) -> Iterator[tuple[str, Sequence[str], str | None]]:
        """Each tool that a plugin knows, the URLs that it fetches from, and what went wrong."""
        for name, hook in self._hooks("phc_hosts"):
            try:
                for answer in hook(environ=environ):
                    yield from ((str(tool), list(urls), None) for tool, urls in answer.items())
            except Exception as error:  # noqa: BLE001  (a stranger's code may raise anything)
                yield name, (), f"the plugin failed: {type(error).__name__}: {error}"

    def _hooks(self, hook: str) -> list[tuple[str, Any]]:
        return [(name, getattr(relay, hook)) for name, relay in self._named]


def _redacted(name: str, hook: Callable[..., list[str]], text: str) -> str:
    try:
        answers = hook(text=text)
    except Exception:  # noqa: BLE001
        return f"[removed: the plugin {name} failed to look for secrets in it]"
    return answers[0] if answers else text


def require(agent: Agent, settings: dict[str, object]) -> None:
    """Raises Refused when the agent cannot work here."""
    state = agent.check(settings)
    if state.missing:
        raise PhcError(f"{agent.name} cannot work here: {state.missing}", state.hint or "")
