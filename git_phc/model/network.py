"""What a run may reach on the network: a level, a list of hosts, and the owner's exceptions."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from git_phc.model.addresses import Address, Exempt, special
from git_phc.model.domains import Domain

LEVELS = ("trusted", "custom", "full")


class Entry(Struct, frozen=True):
    """A host that a run may reach, and who says so: a tool's name, a remote, a setting, a file."""

    domain: Domain
    origin: str


class Network(Struct, frozen=True):
    """The judge of each request of a run.

    Attributes:
        level: `full` is any host; otherwise those of `entries` alone.
        exempt: special addresses that may be reached all the same.
    """

    level: str
    entries: tuple[Entry, ...] = ()
    exempt: tuple[Exempt, ...] = ()

    def refuses(self, host: str, port: int) -> str | None:
        """Why nothing may be asked of this host (see `domains.host_name`), None where it may."""
        if self.level == "full" or self.named(host, port):
            return None
        if any(entry.domain.covers(host, port) for entry in self.entries):
            return None
        known = any(entry.domain.covers(host, p) for entry in self.entries for p in _ports(entry))
        what = f"port {port} is not among those" if known else "it is not among the hosts"
        return f"{what} that this run may reach (network: {self.level})"

    def refuses_address(self, address: Address, port: int) -> str | None:
        """Why this address may not be dialled, whatever name has led to it."""
        word = special(address)
        if word is None or any(one.covers(address, port) for one in self.exempt):
            return None
        article = "an" if word[0] in "aeiou" else "a"
        return f"{address} is {article} {word} address"

    def named(self, host: str, port: int) -> Address | None:
        """The address that the owner has given this name, None where the system looks it up."""
        found = (e for e in self.exempt if e.name == host and e.port in (None, port))
        return next((one.address for one in found), None)


def _ports(entry: Entry) -> Iterator[int]:
    yield from (443, 80) if entry.domain.port is None else (entry.domain.port,)
