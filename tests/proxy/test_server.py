"""The proxy itself: names, addresses, redirects, and those who mean it ill."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from git_phc.errors import Refused
from git_phc.model.addresses import Exempt
from git_phc.model.domains import Domain
from git_phc.model.network import Entry, Network
from git_phc.proxy import server as proxy_server
from tests.kit import ROOT, require, run_program, unavailable
from tests.proxy.playing import World, rest, server, world

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
HOSTS = {
    "good.example": ["127.0.0.1"],
    "a.wild.example": ["127.0.0.1"],
    "wild.example": ["127.0.0.1"],
    "evil.example": ["127.0.0.1"],
    "inner.example": ["10.0.0.1", "169.254.169.254", "::1"],
    "mixed.example": ["10.0.0.1", "127.0.0.1"],
    "nowhere.example": [],
}


def network(*domains: str, level: str = "custom", exempt: tuple[str, ...] = ()) -> Network:
    entries = tuple(Entry(Domain.parse(domain), "a test") for domain in domains)
    return Network(level, entries, tuple(map(Exempt.parse, exempt)))


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server that tells what it was sent."""
    with server(lambda data: OK + b"\n" + data) as port:
        yield port


def opened(port: int, level: str = "custom") -> Network:
    names = (f"good.example:{port}", f"*.wild.example:{port}", f"inner.example:{port}")
    return network(*names, level=level, exempt=(f"127.0.0.1:{port}",))


@pytest.fixture
def narrow(tmp_path: Path, port: int) -> Iterator[World]:
    with world(tmp_path, opened(port), HOSTS) as found:
        yield found


def test_a_plain_request(narrow: World, port: int) -> None:
    answer = narrow.ask(
        f"POST http://good.example:{port}/x HTTP/1.1", "Content-Length: 3", body=b"abcXXX"
    )
    assert answer.startswith(OK)
    assert b"POST /x HTTP/1.1\r\n" in answer
    assert narrow.denied == []


def test_what_follows_a_request_goes_nowhere(narrow: World, port: int) -> None:
    second = b"GET http://evil.example/ HTTP/1.1\r\n\r\n"
    answer = narrow.ask(f"GET http://good.example:{port}/ HTTP/1.1", body=second)
    assert answer.startswith(OK)
    assert b"evil" not in answer


def test_a_tunnel_carries_bytes_both_ways(narrow: World, port: int) -> None:
    with narrow.connect() as client:
        client.sendall(f"CONNECT a.wild.example:{port} HTTP/1.1\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"\x16\x03\x01 not HTTP at all")
        assert rest(client) == OK + b"\n\x16\x03\x01 not HTTP at all"


@pytest.mark.parametrize("host", ["evil.example", "wild.example", "good.example.evil.example"])
def test_a_name_that_is_not_listed(narrow: World, port: int, host: str) -> None:
    for request in (f"CONNECT {host}:{port} HTTP/1.1", f"GET http://{host}:{port}/ HTTP/1.1"):
        answer = narrow.ask(request)
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert f"git phc: {host}:{port} is denied: it is not among the hosts".encode() in answer
    why = "it is not among the hosts that this run may reach (network: custom)"
    assert narrow.denied == [f"{host}:{port} {why}"] * 2


def test_an_address_behind_an_allowed_name(narrow: World, port: int) -> None:
    answer = narrow.ask(f"CONNECT inner.example:{port} HTTP/1.1")
    assert b"10.0.0.1 is a private address" in answer
    assert narrow.denied == [f"inner.example:{port} 10.0.0.1 is a private address"]


@pytest.mark.parametrize(
    "literal",
    ["127.0.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[64:ff9b::7f00:1]"],
)
@pytest.mark.parametrize("port", [80, 443])
def test_full_takes_any_name_and_no_special_address(
    tmp_path: Path, literal: str, port: int
) -> None:
    everything = network(level="full")
    with proxy_server.filtering(everything, lambda _: None, tmp_path) as place:
        answer = World(place).ask(f"CONNECT {literal}:{port} HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_loopback(tmp_path: Path, host: str) -> None:
    everything = network(level="full")
    with proxy_server.filtering(everything, lambda _: None, tmp_path) as place:
        answer = World(place).ask(f"CONNECT {host}:80 HTTP/1.1")
    assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 502 "))


def test_of_several_addresses_only_those_that_may(tmp_path: Path, port: int) -> None:
    with world(tmp_path, opened(port, "full"), HOSTS) as wide:
        assert wide.ask(f"GET http://mixed.example:{port}/ HTTP/1.1").startswith(OK)


OWN = """
from git_phc.model.addresses import Exempt, parse_address
from git_phc.model.network import Network
from git_phc.proxy.dial import refusal
for text in ("1.1.1.1", "8.8.8.8"):
    print(refusal(parse_address(text), 80, Network("full")))
print(refusal(parse_address("1.1.1.1"), 80, Network("full", (), (Exempt.parse("1.1.1.1:80"),))))
"""


def test_this_machines_own_address_is_not_a_way_in() -> None:
    # A machine with an address of the public network: a network namespace that has one.
    require("unshare", "ip")
    script = 'ip link set lo up && ip addr add 1.1.1.1/32 dev lo && exec "$@"'
    words = ["unshare", "-Urn", "sh", "-c", script, "sh", sys.executable, "-c", OWN]
    done = run_program(words, env={"PYTHONPATH": str(ROOT)})
    if "unshare" in done.err:
        unavailable(f"no network namespace can be made: {done.err}")
    assert done.out == "1.1.1.1 is this machine's own address\nNone\nNone\n"


def test_of_a_body_no_more_is_passed_on_than_was_said() -> None:
    async def passed() -> bytes:
        reader = asyncio.StreamReader()
        reader.feed_data(b"abcGET http://evil.example/ HTTP/1.1")
        reader.feed_eof()
        one, two = socket.socketpair()
        _, writer = await asyncio.open_connection(sock=one)
        await proxy_server.body(reader, writer, 3)
        writer.close()
        await writer.wait_closed()
        with two:
            return rest(two)

    assert asyncio.run(passed()) == b"abc"


def test_a_redirect_is_judged_as_the_request_that_it_leads_to(tmp_path: Path) -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda _: away) as port, world(tmp_path, opened(port), HOSTS) as narrow:
        answer = narrow.ask(f"GET http://good.example:{port}/ HTTP/1.1")
        assert b"Location: http://10.0.0.1/" in answer
        assert narrow.ask("GET http://10.0.0.1/ HTTP/1.1").startswith(b"HTTP/1.1 403 ")


def test_a_name_that_changes_its_address_is_asked_once(tmp_path: Path, port: int) -> None:
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    found = opened(port)
    with proxy_server.filtering(found, lambda _: None, tmp_path, resolve=resolve) as place:
        assert World(place).ask(f"GET http://good.example:{port}/ HTTP/1.1").startswith(OK)
    assert asked == ["good.example"]


def test_a_name_of_the_owners_is_looked_up_nowhere(tmp_path: Path, port: int) -> None:
    allowed = network(exempt=(f"model.internal=127.0.0.1:{port}",))
    with world(tmp_path, allowed, {}) as narrow:
        assert narrow.ask(f"GET http://model.internal:{port}/ HTTP/1.1").startswith(OK)


@pytest.mark.parametrize("host", ["good.example", "nowhere.example", "unknown.example"])
def test_what_may_be_reached_and_cannot_be(tmp_path: Path, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    allowed = network(f"{host}:{port}", exempt=("127.0.0.1",))
    with world(tmp_path, allowed, HOSTS) as narrow:
        answer = narrow.ask(f"CONNECT {host}:{port} HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert narrow.denied == []


def test_more_is_asked_for_once_and_only_when_a_name_is_not_known(
    tmp_path: Path, port: int
) -> None:
    asked = []

    def more() -> Network:
        asked.append(1)
        return network(f"evil.example:{port}", exempt=(f"127.0.0.1:{port}",))

    with world(tmp_path, opened(port), HOSTS, more=more) as wider:
        assert wider.ask(f"GET http://good.example:{port}/ HTTP/1.1").startswith(OK)
        assert asked == []
        for _ in range(2):
            assert wider.ask(f"GET http://evil.example:{port}/ HTTP/1.1").startswith(OK)
            assert wider.ask("CONNECT other.example:1 HTTP/1.1").startswith(b"HTTP/1.1 403 ")
        assert asked == [1]


def test_what_is_not_known_is_denied(tmp_path: Path) -> None:
    def fails() -> Network:
        raise Refused("the configuration is broken")

    with world(tmp_path, network(), HOSTS, more=fails) as narrow:
        for _ in range(2):
            answer = narrow.ask("CONNECT good.example:443 HTTP/1.1")
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert b"are not known: the configuration is broken" in answer


# Those who mean it ill


def test_a_slow_head_is_given_up(tmp_path: Path) -> None:
    with world(tmp_path, network(), {}, patience=0.2) as narrow, narrow.connect() as client:
        client.sendall(b"CONNECT x")
        assert rest(client).startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end(narrow: World) -> None:
    with narrow.connect() as client:
        with suppress(OSError):
            client.sendall(b"GET http://good.example/ HTTP/1.1\r\nX: " + b"a" * 1_000_000)
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_flood_gets_a_bounded_number_of_connections(
    narrow: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_server, "MOST", 5)
    waiting = [narrow.connect() for _ in range(5)]
    answer = narrow.ask("CONNECT good.example:1 HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 503 ")
    for client in waiting:
        client.close()
    while not narrow.ask(f"GET http://good.example:{port}/ HTTP/1.1").startswith(OK):
        pass  # the places are free again, soon


def test_garbage_is_answered_and_the_next_one_served(narrow: World, port: int) -> None:
    assert narrow.ask("\x16\x03\x01\x00").startswith(b"HTTP/1.1 400 ")
    assert narrow.ask(f"GET http://good.example:{port}/ HTTP/1.1").startswith(OK)


def test_it_ends_with_its_context_whoever_is_connected(tmp_path: Path, port: int) -> None:
    with world(tmp_path, opened(port), HOSTS) as narrow:
        client = narrow.connect()
        client.sendall(f"CONNECT good.example:{port} HTTP/1.1\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    with client:
        assert rest(client) == b""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100) / ("b" * 100)
    folder.mkdir(parents=True)
    with proxy_server.filtering(network(), lambda _: None, folder) as place:
        assert place.is_socket()
        assert place.stat().st_mode & 0o777 == 0o600
