"""Which network addresses a run may reach: those of the public network, and what the owner of
the machine has let in beside them.

An address is judged by what lies behind it: one that stands for another (NAT64) as that one,
and one that a tunnel would take who knows where not at all.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

from msgspec import Struct

from git_phc.model.domains import host_name, split_port

Address = IPv4Address | IPv6Address

_PUBLIC = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Versions of Python differ in what they call private, so what matters is named here.
_RESERVED = (
    IPv4Network("168.63.129.16/32"),  # a cloud's own service, at a public address
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),  # Teredo and its kind
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4: any IPv4 address may be inside
    IPv6Network("3fff::/20"),
)


def special(address: Address) -> str | None:
    """What is special about an address, in a word; None for one of the public network."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return special(IPv4Address(int(address) & 0xFFFFFFFF))
    kinds = {
        "unspecified": address.is_unspecified,
        "loopback": address.is_loopback,
        "link-local": address.is_link_local,
        "multicast": address.is_multicast,
        "private": address.is_private,
        "shared": not address.is_global,
        "reserved": address.is_reserved or _is_reserved(address),
    }
    return next((word for word, holds in kinds.items() if holds), None)


def _is_reserved(address: Address) -> bool:
    if any(address in network for network in _RESERVED):
        return True
    return isinstance(address, IPv6Address) and address not in _PUBLIC


class Exempt(Struct, frozen=True):
    """Addresses that the owner lets runs reach, although they are special.

    Attributes:
        network: the addresses.
        port: the only one; None for all.
        name: where set, a name that stands for the address, and is looked up nowhere else.
    """

    network: IPv4Network | IPv6Network
    port: int | None = None
    name: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `10.1.0.0/16`, `127.0.0.1:8000`, `[fd00::1]:443`, or `model.internal=127.0.0.1:8000`.

        Raises ValueError.
        """
        name, equals, rest = text.rpartition("=")
        bare = rest.count(":") > 1 and not rest.startswith("[")
        place, port = (rest, None) if bare else split_port(rest)
        network = ip_network(place.removeprefix("[").removesuffix("]"))
        if not equals:
            return cls(network, port)
        if network.num_addresses != 1:
            raise ValueError(f"{name} cannot stand for more than one address")
        return cls(network, port, host_name(name))

    def covers(self, address: Address, port: int) -> bool:
        return (
            address.version == self.network.version
            and address in self.network
            and self.port in (None, port)
        )

    @property
    def address(self) -> Address:
        """The first of its addresses: the only one, where it has a name."""
        return self.network.network_address

    def __str__(self) -> str:
        single = self.network.num_addresses == 1
        place = str(self.address) if single else str(self.network)
        if self.port is not None:
            place = f"[{place}]:{self.port}" if ":" in place else f"{place}:{self.port}"
        return f"{self.name}={place}" if self.name else place


def parse_address(text: str) -> Address:
    """An address as the system writes it, without its zone. Raises ValueError."""
    return ip_address(text.partition("%")[0])
