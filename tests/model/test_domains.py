"""Which names an entry stands for."""

from __future__ import annotations

import pytest

from git_phc.model.domains import Domain, host_name


@pytest.mark.parametrize(
    ("entry", "host", "port", "covered"),
    [
        ("x.example", "x.example", 443, True),
        ("x.example", "x.example", 80, True),
        ("x.example", "x.example", 22, False),
        ("x.example", "a.x.example", 443, False),
        ("x.example", "notx.example", 443, False),
        ("x.example", "x.example.evil.test", 443, False),
        ("*.x.example", "a.x.example", 443, True),
        ("*.x.example", "b.a.x.example", 443, True),
        ("*.x.example", "x.example", 443, False),
        ("*.x.example", "notx.example", 443, False),
        ("x.example:8443", "x.example", 8443, True),
        ("x.example:8443", "x.example", 443, False),
        ("X.Example.", "x.example", 443, True),
        ("127.0.0.1:80", "127.0.0.1", 80, True),
    ],
)
def test_what_an_entry_covers(entry: str, host: str, port: int, covered: bool) -> None:
    assert Domain.parse(entry).covers(host, port) is covered


@pytest.mark.parametrize("text", ["X.EXAMPLE", "x.example."])
def test_names_are_compared_in_one_form(text: str) -> None:
    assert host_name(text) == "x.example"
    assert host_name("[0:0::1]") == "::1"


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a..b", "x.example..", "*.x", "a b", "a\n", "bücher.example", "a" * 64),
        *("[x.example]", "[127.0.0.1]", "a@b", "a/b", ".x", "a." * 130, "x%00y", "::1"),
    ],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        host_name(text)


@pytest.mark.parametrize("text", ["*", "*.", "*.*.x", "a*.x", "x:0", "x:65536", "x:", "x:٣", ":1"])
def test_what_is_no_entry(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Domain.parse(text)
