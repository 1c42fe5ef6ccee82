"""What runs on this machine are allowed: the owner's settings, and the hosts that are trusted here.

The decision itself is `model.allowance`'s; here its facts are brought together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from git_phc.errors import UsageError
from git_phc.git.remote import place_of_remote, remotes
from git_phc.host.fetching import Told, ask_tools
from git_phc.model.addresses import Exempt
from git_phc.model.allowance import Allowance, Owner, allow
from git_phc.model.domains import Domain, domain_of_url
from git_phc.model.environment import Environment
from git_phc.model.network import LEVELS, Entry
from git_phc.services.context import Context
from git_phc.services.secrets import KINDS, sources

T = TypeVar("T")
DISK = "20g"  # that a run may add to the disk
# The hosts that a forge has beside the one of its repositories.
FORGES = {
    "github.com": ("api.github.com", "codeload.github.com", "*.githubusercontent.com"),
    "bitbucket.org": ("api.bitbucket.org",),
}


def allowance(ctx: Context, said: Environment | None, agent: str | None = None) -> Allowance:
    """What a run with this environment and this agent is allowed. Raises Refused, UsageError."""
    return allow(said, owner(ctx, agent), _needed(ctx, agent))


def owner(ctx: Context, agent: str | None = None) -> Owner:
    """What the owner of this machine has set. Raises UsageError for what cannot be meant."""
    level = ctx.setting("network") or LEVELS[-1]
    if level not in LEVELS:
        raise UsageError(
            f"phc.network is {level!r}, which is none of {', '.join(LEVELS)}",
            f"Set it: git config --global phc.network {LEVELS[0]}",
        )
    domains = _parsed(ctx, "allowedDomains", Domain.parse, "example.com, or *.example.com:8443")
    return Owner(
        level,
        tuple(Entry(domain, "phc.allowedDomains") for domain in domains),
        tuple(_parsed(ctx, "allowedAddresses", Exempt.parse, "10.1.0.0/16, or NAME=10.1.2.3:80")),
        {name: KINDS[source.kind] for name, source in sources(ctx).items()},
        ctx.agents.get(agent or "", {}).get("secrets", "").replace(",", " ").split(),
        disk=ctx.size("sandboxDisk", DISK, 0),
        time=ctx.seconds("sandboxTime", "0"),
    )


def _parsed(ctx: Context, name: str, parse: Callable[[str], T], example: str) -> list[T]:
    """A setting with many values, of one or more words each."""
    found = []
    for word in " ".join(ctx.values(name)).replace(",", " ").split():
        try:
            found.append(parse(word))
        except ValueError as error:
            raise UsageError(
                f"phc.{name} has {word!r}, which cannot be read: {error}",
                f"Write it so: {example}",
            ) from error
    return found


def _needed(ctx: Context, agent: str | None) -> Sequence[Entry]:
    """The hosts of the agent's model."""
    if agent is None:
        return ()
    urls = ctx.plugins.agent(agent).hosts(ctx.environ)
    return list(_entries(urls, f"the agent {agent}"))


def trusted(ctx: Context) -> tuple[list[Entry], list[Told]]:
    """The hosts that are trusted on this machine, and the tools that could not be asked."""
    told = ask_tools(ctx.environ)
    if ctx.listeners:
        told += [Told(*answer) for answer in ctx.listeners.hosts(ctx.environ)]
    entries = [entry for one in told for entry in _entries(one.urls, one.tool)]
    entries += _of_remotes(ctx)
    return list(dict.fromkeys(entries)), [one for one in told if one.trouble]


def _of_remotes(ctx: Context) -> Iterator[Entry]:
    """The hosts of the repository's remotes, and of their forges."""
    for name in remotes(ctx.repo):
        origin = f"the remote {name}"
        for entry in _entries([place_of_remote(ctx.repo, name)], origin):
            yield entry
            yield from (Entry(Domain(host), origin) for host in FORGES.get(entry.domain.name, ()))


def _entries(urls: Sequence[str], origin: str) -> Iterator[Entry]:
    for url in urls:
        if domain := domain_of_url(url):
            yield Entry(domain, origin)
