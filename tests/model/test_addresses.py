"""Which addresses are of the public network, and what an owner's exception lets in."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from git_phc.model.addresses import Exempt, special

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::101:101"]
SPECIAL = {
    "0.0.0.0": "unspecified",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "169.254.169.254": "link-local",
    "100.64.0.1": "shared",
    "100.100.100.200": "shared",
    "168.63.129.16": "reserved",
    "192.88.99.1": "reserved",
    "198.18.0.1": "private",
    "224.0.0.1": "multicast",
    "240.0.0.1": "private",
    "255.255.255.255": "private",
    "::": "unspecified",
    "::1": "loopback",
    "fe80::1": "link-local",
    "fd00:ec2::254": "private",
    "ff02::1": "multicast",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
}
# What wraps another address, or goes nowhere: the word differs between versions of Python.
WRAPPED = [
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "2002:7f00:1::"),
    *("2002:808:808::", "2001:0:7f00:1::", "64:ff9b:1::1", "fec0::1", "2001:db8::1", "3fff::1"),
    *("100::1", "5f00::1", "4000::1", "192.0.0.8", "192.0.2.1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses(text: str) -> None:
    assert special(ip_address(text)) is None


@pytest.mark.parametrize(("text", "word"), SPECIAL.items())
def test_special_addresses(text: str, word: str) -> None:
    assert special(ip_address(text)) == word


@pytest.mark.parametrize("text", WRAPPED)
def test_wrapped_addresses_are_special_whatever_is_inside(text: str) -> None:
    assert special(ip_address(text)) is not None


@pytest.mark.parametrize(
    ("exception", "address", "port", "covered"),
    [
        ("10.0.0.0/8", "10.2.3.4", 1, True),
        ("10.0.0.0/8", "11.2.3.4", 1, False),
        ("127.0.0.1:8000", "127.0.0.1", 8000, True),
        ("127.0.0.1:8000", "127.0.0.1", 8001, False),
        ("fd00::/8", "fd00::7", 443, True),
        ("[fd00::1]:443", "fd00::1", 443, True),
        ("[fd00::1]:443", "fd00::1", 80, False),
        ("::1", "127.0.0.1", 80, False),
        ("Model.Internal=127.0.0.1:8000", "127.0.0.1", 8000, True),
    ],
)
def test_what_an_exception_covers(exception: str, address: str, port: int, covered: bool) -> None:
    assert Exempt.parse(exception).covers(ip_address(address), port) is covered


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "127.0.0.1:8000", "[fd00::1]:443", "fd00::/8", "m.internal=127.0.0.1:80"]
)
def test_an_exception_is_written_as_it_was_read(text: str) -> None:
    assert str(Exempt.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "x.example", "10.0.0.1/8", "m=10.0.0.0/8", "=127.0.0.1", "a b=::1", "127.0.0.1:0"]
)
def test_what_is_no_exception(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Exempt.parse(text)
