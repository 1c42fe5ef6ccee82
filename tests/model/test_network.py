"""The judge of a run's requests."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from git_phc.model.addresses import Exempt
from git_phc.model.domains import Domain
from git_phc.model.network import Entry, Network

ENTRIES = tuple(Entry(Domain.parse(text), "a test") for text in ("a.example", "b.example:8443"))
PINNED = Exempt.parse("model.internal=127.0.0.1:8000")
NARROW = Network("trusted", ENTRIES, (PINNED, Exempt.parse("10.1.0.0/16")))
MAY = "that this run may reach (network: trusted)"


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("a.example", 443, None),
        ("b.example", 8443, None),
        ("model.internal", 8000, None),
        ("a.example", 22, f"port 22 is not among those {MAY}"),
        ("b.example", 443, f"port 443 is not among those {MAY}"),
        ("c.example", 443, f"it is not among the hosts {MAY}"),
        ("model.internal", 80, f"it is not among the hosts {MAY}"),
    ],
)
def test_names(host: str, port: int, why: str | None) -> None:
    assert NARROW.refuses(host, port) == why


def test_full_is_any_name_but_not_any_address() -> None:
    full = Network("full")
    assert full.refuses("c.example", 22) is None
    assert full.refuses_address(ip_address("1.1.1.1"), 22) is None
    private = full.refuses_address(ip_address("192.168.0.1"), 443)
    assert private == "192.168.0.1 is a private address"


def test_the_owner_lets_addresses_in() -> None:
    assert NARROW.refuses_address(ip_address("10.1.2.3"), 443) is None
    assert NARROW.refuses_address(ip_address("10.2.0.1"), 443) == "10.2.0.1 is a private address"
    assert NARROW.refuses_address(ip_address("127.0.0.1"), 8000) is None
    unspecified = NARROW.refuses_address(ip_address("0.0.0.0"), 80)
    assert unspecified == "0.0.0.0 is an unspecified address"


def test_a_name_that_stands_for_an_address() -> None:
    assert NARROW.named("model.internal", 8000) == ip_address("127.0.0.1")
    assert NARROW.named("model.internal", 8001) is None
    assert NARROW.named("a.example", 443) is None
