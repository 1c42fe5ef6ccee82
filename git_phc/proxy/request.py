"""The head of a request to the proxy: what it asks for, and what of it is passed on.

Strict where lenience would let two readers see two requests: what is not plainly right is
refused, and what is passed on is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from git_phc.model.domains import host_name, split_port

_LINE = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)")
_URL = re.compile(r"http://([^/?#@]+)((?:[/?].*)?)", re.IGNORECASE)
# Of this connection alone, and of no use beyond it.
_OWN = frozenset({b"host", b"keep-alive", b"te", b"trailer", b"upgrade", b"connection"})


class BadRequest(Exception):
    """A request that cannot be answered, with the status that says so."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Request(Struct, frozen=True):
    """What is asked for.

    Attributes:
        head: what the other side is sent first, None for a tunnel (CONNECT).
        body: the bytes that follow from the client; what comes after them is another request,
            and goes nowhere.
    """

    host: str
    port: int
    head: bytes | None = None
    body: int = 0


def parse_request(data: bytes) -> Request:
    """The request of a head that ends with an empty line. Raises BadRequest."""
    first, *lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadRequest(400, "this is no request to a proxy")
    method, target = line[1], line[2].decode("ascii")
    headers = list(_headers(lines))
    if method == b"CONNECT":
        return Request(*_authority(target))
    url = _URL.fullmatch(target)
    if url is None:
        raise BadRequest(400, "this is a proxy: ask it for http://…, or for a tunnel")
    host, port = _authority(url[1], 80)
    path = url[2] if url[2].startswith("/") else f"/{url[2]}"
    start = b"%s %s HTTP/1.1\r\nHost: %s\r\n" % (method, path.encode(), url[1].encode())
    kept = b"".join(b"%s: %s\r\n" % pair for pair in _passed_on(headers))
    return Request(host, port, start + kept + b"Connection: close\r\n\r\n", _length(headers))


def _authority(text: str, usual: int | None = None) -> tuple[str, int]:
    try:
        host, given = split_port(text)
        name, port = host_name(host), usual if given is None else given
    except ValueError as error:
        raise BadRequest(400, str(error)) from error
    if port is None:
        raise BadRequest(400, f"{text!r} has no port")
    return name, port


def _headers(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise BadRequest(400, "a header of the request is malformed")
        yield found[1], found[2].strip(b" \t")


def _passed_on(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """All but what is for this connection, and for a proxy."""
    named = b",".join(value for name, value in headers if name.lower() == b"connection")
    words = {word.strip().lower() for word in named.split(b",")}
    if words & {b"content-length", b"host"}:
        raise BadRequest(400, "the length and the host of a request are not for one connection")
    own = _OWN | words
    for name, value in headers:
        low = name.lower()
        if low not in own and not low.startswith(b"proxy-"):
            yield name, value


def _length(headers: list[tuple[bytes, bytes]]) -> int:
    """How many bytes of body there are."""
    if any(name.lower() == b"transfer-encoding" for name, _ in headers):
        raise BadRequest(411, "a body must say its length; or ask for a tunnel")
    lengths = {value for name, value in headers if name.lower() == b"content-length"}
    if len(lengths) > 1 or not all(re.fullmatch(rb"[0-9]{1,18}", value) for value in lengths):
        raise BadRequest(400, "the length of the body is not plain")
    return int(next(iter(lengths), b"0"))
