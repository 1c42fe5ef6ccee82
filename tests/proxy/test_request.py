"""Heads of requests: what is passed on, and what is refused."""

from __future__ import annotations

import pytest

from git_phc.proxy.request import BadRequest, Request, parse_request


def parsed(*lines: str) -> Request:
    return parse_request("\r\n".join([*lines, "", ""]).encode("latin-1"))


def test_a_tunnel() -> None:
    assert parsed("CONNECT X.Example:443 HTTP/1.1", "Host: y") == Request("x.example", 443)
    assert parsed("CONNECT [::1]:80 HTTP/1.1") == Request("::1", 80)


def test_a_plain_request_is_written_anew() -> None:
    found = parsed(
        "POST http://x.example:8080/a?b=c HTTP/1.1",
        "Host: somewhere.else",
        "Proxy-Authorization: secret",
        "Proxy-Connection: keep-alive",
        "Connection: keep-alive, X-Gone",
        "X-Gone: 1",
        "Upgrade: websocket",
        "X-Kept: ä  b\t",
        "Content-Length: 5",
    )
    head = (
        "POST /a?b=c HTTP/1.1\r\nHost: x.example:8080\r\nX-Kept: ä  b\r\n"
        "Content-Length: 5\r\nConnection: close\r\n\r\n"
    )
    assert found == Request("x.example", 8080, head.encode("latin-1"), 5)


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://x.example", b"GET / HTTP/1.1\r\nHost: x.example\r\n"),
        ("HTTP://X.example?q", b"GET /?q HTTP/1.1\r\nHost: X.example\r\n"),
    ],
)
def test_a_url_without_a_path(url: str, start: bytes) -> None:
    found = parsed(f"GET {url} HTTP/1.0")
    assert found.head is not None
    assert found.head.startswith(start)
    assert found.port == 80


@pytest.mark.parametrize(
    "first",
    [
        *("", "GET", "GET / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET  http://x/ HTTP/1.1"),
        *("GET http://x/ HTTP/2", "get http://x/ HTTP/1.1", "GET http://a@x/ HTTP/1.1"),
        *("GET https://x/ HTTP/1.1", "GET http:/// HTTP/1.1", "GET http://x:a/ HTTP/1.1"),
        *("GET http://x y/ HTTP/1.1", "GET http://x/\x01 HTTP/1.1", "GET http://x/\x00 HTTP/1.1"),
        *("CONNECT x HTTP/1.1", "CONNECT x:0 HTTP/1.1", "CONNECT x:99999 HTTP/1.1"),
        *("CONNECT a@x:443 HTTP/1.1", "CONNECT [x.y]:443 HTTP/1.1", "CONNECT http://x:1 HTTP/1.1"),
        *("CONNECT x:1:2 HTTP/1.1", "CONNECT x%00.y:443 HTTP/1.1", "CONNECT \xfcx:443 HTTP/1.1"),
    ],
)
def test_what_is_no_request(first: str) -> None:
    with pytest.raises(BadRequest) as error:
        parsed(first)
    assert error.value.status == 400


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, ["Content-Length: 5", "Content-Length: 6"]),
        (400, ["Content-Length: -5"]),
        (400, ["Content-Length: 0x5"]),
        (400, ["Content-Length: 5, 5"]),
        (411, ["Transfer-Encoding: chunked"]),
        (411, ["Content-Length: 5", "transfer-encoding: chunked"]),
        (400, ["Content-Length: 5", "Connection: content-length"]),
        (400, ["Connection: close, Host"]),
        (400, ["X: a", " folded"]),
        (400, ["X : a"]),
        (400, ["no colon"]),
        (400, ["X: a\nEvil: b"]),
        (400, ["X: a\rEvil: b"]),
        (400, ["X: a\x00"]),
    ],
)
def test_headers_that_two_readers_could_read_in_two_ways(status: int, headers: list[str]) -> None:
    with pytest.raises(BadRequest) as error:
        parsed("POST http://x.example/ HTTP/1.1", *headers)
    assert error.value.status == status


@pytest.mark.timeout(20)  # it took minutes where each space could begin the end of the value
def test_spaces_without_end_do_not_take_time() -> None:
    with pytest.raises(BadRequest):
        parsed("GET http://x.example/ HTTP/1.1", f"X: {' ' * 60_000}\x01")
