"""The hooks. A plugin implements those that it has something to say to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from git_phc.plugins.notifiers import Notifier
from git_phc.plugins.protocols import Agent
from git_phc.plugins.sandboxes import Sandbox

hookspec = pluggy.HookspecMarker("git_phc")


@hookspec
def phc_agents(settings: Mapping[str, Mapping[str, str]]) -> Sequence[Agent]:
    """The agents that this plugin brings.

    Args:
        settings: what the user has set for agents, by their names: `phc.agents.NAME.KEY` is
            `settings[NAME][KEY]`. It is for a plugin whose agents are made by the user's
            settings; an agent is given its own with each turn. An implementation that has no
            use for it leaves it out.

    Returns:
        Agents, each with a name of its own. The one whose name the user gives (`--agent`,
        `phc.agent`) works on the task. Making an agent must be cheap: nothing is started,
        and nothing heavy imported, before `Agent.start`.
    """
    raise NotImplementedError


@hookspec
def phc_sandboxes() -> Sequence[Sandbox]:
    """The sandboxes that this plugin brings.

    Returns:
        Sandboxes, each with a name of its own. The one that a task names (`--sandbox`,
        `phc.sandbox`, its environment's) keeps the processes of its runs. Making one must be
        cheap: nothing is started, and nothing heavy imported, before `Sandbox.check`.
    """
    raise NotImplementedError


@hookspec
def phc_notifiers() -> Sequence[Notifier]:
    """The ways to tell a person that a task is finished, failed or needs them.

    Returns:
        Notifiers, each with a name of its own. Those that `phc.notify` names are used. Making
        one must be cheap: nothing heavy is imported before `Notifier.tell`.
    """
    raise NotImplementedError


@hookspec
def phc_redact(text: str) -> str | None:
    """Takes out of a text what is secret here, before any of it is kept.

    Asked of the plugins that `phc.plugins` names, for every text that goes into the repository
    or a journal: titles, messages, what agents say. An agent's words come in pieces, of whole
    lines where they have ends; a rule that looks at one line at a time misses nothing.

    Args:
        text: with what is generally secret masked already.

    Returns:
        The text to keep, or None for all of it. A rule that raises lets nothing through: a
        sentence that says so is kept in the place of the text.
    """
    raise NotImplementedError


@hookspec
def phc_event(task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Hears of an event that this process has written: to notify, to ship, to audit.

    Asked of the plugins that `phc.plugins` names, after the event stands on the task's ref,
    in the order of the events. The writer waits for it, so it must be quick. One that raises
    is passed over, and named on standard error (of a run: in its log).

    Args:
        task: as `status --json` shows it, in part: `id`, `short`, `title`, `status`, `mode`,
            `agent`.
        event: `type`, `at`, `actor` (`name`, `email`), and the event's own fields, as in
            event.json.
    """
    raise NotImplementedError


@hookspec
def phc_hosts(environ: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """Tells from where a tool of this machine fetches what it installs: sandboxed runs whose
    network is `trusted` may reach it.

    Asked of the plugins that `phc.plugins` names, beside pip, npm and apt, when a run asks for a
    host that is not known otherwise, and by `git phc env show`. It may ask the tool, and take a
    second or two. One that raises adds nothing, and `env show` says so.

    Args:
        environ: the variables of the user who runs this program.

    Returns:
        By the tool's name, URLs, of which the hosts count. They belong in the tool's own
        configuration, not in the plugin.
    """
    raise NotImplementedError
