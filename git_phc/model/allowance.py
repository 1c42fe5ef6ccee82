"""What a run is allowed: decided from what its environment asks for and what the owner of the
machine says. Nothing is taken off in silence: what cannot be granted refuses the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from git_phc.errors import Refused
from git_phc.model.addresses import Exempt
from git_phc.model.domains import Domain
from git_phc.model.environment import Environment
from git_phc.model.environment_keys import seconds
from git_phc.model.network import LEVELS, Entry, Network
from git_phc.model.reserved import is_loaders, is_reserved

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Owner(Struct, frozen=True):
    """What the owner of the machine says.

    Attributes:
        level: the most of the network that an environment may ask for.
        entries: hosts that every run may reach, but one that has only its own.
        exempt: special addresses that runs may reach.
        secrets: the names that there is a value for, and where from, in a word.
        for_agent: the names of secrets that the agent is given whatever its environment says.
        disk: the bytes that a run may add to the disk; 0 for any number.
        time: the seconds that a run may last; 0 for any number.
    """

    level: str = LEVELS[-1]
    entries: tuple[Entry, ...] = ()
    exempt: tuple[Exempt, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    for_agent: Sequence[str] = ()
    disk: int = 0
    time: float = 0


class Allowance(Struct, frozen=True):
    """What a run is allowed.

    Attributes:
        network: what is known at once of what it may reach.
        trusts: whether the hosts that tools of this machine fetch from are added, which takes
            time to ask for.
        secrets: their names, and where each comes from.
        image: of a container that is its system.
        sandbox: the one that its environment asks for.
        cpus: processors.
        memory: bytes.
        disk: bytes that it may add to its workspace and its home; 0 for any number.
        time: seconds that it may last; 0 for any number.
    """

    network: Network
    trusts: bool = True
    secrets: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    sandbox: str | None = None
    cpus: float | None = None
    memory: int | None = None
    disk: int = 0
    time: float = 0

    def widened(self, trusted: Iterable[Entry]) -> Network:
        """The network with the hosts of tools, where they count."""
        network = self.network
        more = tuple(trusted) if self.trusts else ()
        return Network(network.level, (*network.entries, *more), network.exempt)


def allow(said: Environment | None, owner: Owner, needed: Sequence[Entry] = ()) -> Allowance:
    """What a run with this environment is allowed; `needed` are hosts without which it cannot
    work at all (its agent's model). Raises Refused.
    """
    cloud = said.cloud if said else {}
    level = str(cloud.get("network", LEVELS[0]))
    name = f"the environment {said.name}" if said else "a run without an environment"
    if LEVELS.index(level) > LEVELS.index(owner.level):
        raise Refused(
            f"{name} asks for the network {level}, and this machine's owner allows {owner.level}",
            f"Change the environment, or let it: git config --global phc.network {level}",
        )
    for variable in said.vars if said else ():
        if is_loaders(variable):
            raise Refused(
                f"{name} sets {variable}, which no sandboxed run may be given",
                "Take it out of [vars]; set it in a script, where it is needed",
            )
    trusts = level == "trusted" or bool(cloud.get("include_default_domains"))
    own = [Entry(Domain.parse(text), name) for text in cloud.get("allowed_domains", ())]
    entries = (*needed, *own, *(owner.entries if trusts else ()))
    return Allowance(
        Network(level, entries, owner.exempt),
        trusts=trusts and level != "full",
        secrets=_secrets([*cloud.get("secrets", ()), *owner.for_agent], owner),
        image=cloud.get("image"),
        sandbox=cloud.get("sandbox"),
        cpus=cloud.get("cpus"),
        memory=size(str(cloud["memory"])) if "memory" in cloud else None,
        disk=_granted(name, cloud, "disk", size(str(cloud.get("disk", 0))), owner.disk),
        time=_granted(name, cloud, "time", seconds(cloud.get("time")) or 0, owner.time),
    )


def _granted(name: str, cloud: Mapping[str, Any], what: str, asked: float, most: float) -> Any:
    """What is asked for, else the most that the owner lets it have; 0 for no limit."""
    if asked and most and asked > most:
        raise Refused(
            f"{name} asks for {cloud[what]} of {what}, and this machine's owner allows less",
            f"Change the environment, or let it: "
            f"git config --global phc.sandbox{what.title()} {cloud[what]}",
        )
    return asked or most


def _secrets(names: Sequence[str], owner: Owner) -> dict[str, str]:
    for name in names:
        if is_reserved(name):
            raise Refused(
                f"{name} is no name for a secret: it would change what programs do",
                "Call it otherwise, and set the variable in a script from it",
            )
        if name not in owner.secrets:
            raise Refused(
                f"the secret {name} is asked for, and there is none of that name here",
                f"Say where it is: git config --global phc.secrets.{name}.file PATH "
                "(or .env, .command)",
            )
    return {name: owner.secrets[name] for name in dict.fromkeys(names)}


def size(text: str) -> int:
    """Bytes of `512m` or `4g`. Raises ValueError."""
    found = re.fullmatch(r"(\d+)([kmgt]?)", text.lower())
    if found is None:
        raise ValueError(f"{text!r} is no size")
    return int(found[1]) * _UNITS[found[2]]
