"""Names of hosts, as they are allowed and as they are asked for.

`*.x.com` stands for every name below x.com, and not for x.com itself. An entry without a port
stands for the two of the web.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Self

from msgspec import Struct

WEB = frozenset({80, 443})
LONGEST = 253  # characters of a name, as DNS has it
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_PORT = re.compile(r"[0-9]{1,5}")
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<place>[^/?#@]+)", re.IGNORECASE
)
_SCP = re.compile(r"(?:[^/:@]+@)?(?P<host>[^/:@]+):(?!//)")  # how ssh writes a place of git's
_EVERY = "*."


def host_name(text: str) -> str:
    """A host's name as it is compared: in small letters, without the last dot. Raises ValueError
    for what cannot be one; other alphabets come in their ASCII form, as they do on the wire.
    """
    if text.startswith("[") and text.endswith("]"):
        return IPv6Address(text[1:-1]).compressed
    name = text.lower().removesuffix(".")
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise ValueError(f"{text!r} is no name of a host")
    return name


def port_number(text: str) -> int:
    """A port that can be reached. Raises ValueError for what is none."""
    if not _PORT.fullmatch(text) or not 0 < int(text) < 1 << 16:
        raise ValueError(f"{text!r} is no port")
    return int(text)


def split_port(text: str) -> tuple[str, int | None]:
    """`HOST:PORT` in two, the port None where there is none. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text, None
    return host, port_number(port)


class Domain(Struct, frozen=True, order=True):
    """One entry of a list of hosts.

    Attributes:
        name: a name, or `*.` and a name.
        port: the only one; None for those of the web.
    """

    name: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `x.com`, `*.x.com` or `x.com:8443`. Raises ValueError."""
        host, port = split_port(text)
        every = _EVERY if host.startswith(_EVERY) else ""
        return cls(every + host_name(host.removeprefix(every)), port)

    def covers(self, host: str, port: int) -> bool:
        """Whether it stands for this host (see `host_name`) and port."""
        if port not in (WEB if self.port is None else {self.port}):
            return False
        if self.name.startswith(_EVERY):
            return host.endswith(self.name[1:])
        return host == self.name

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def domain_of_url(url: str) -> Domain | None:
    """The host that a URL leads to; None for a file, and for what is no URL.

    Of one that is reached by other ways than the web's, such as ssh, the web's host of that name.
    """
    found = _URL.match(url)
    try:
        if found is None:
            place = _SCP.match(url)
            return Domain(host_name(place["host"])) if place else None
        host, port = split_port(found["place"])
        scheme = found["scheme"].lower().removeprefix("git+").removeprefix("mirror+")
        if scheme == "file":
            return None
        keeps = scheme in ("http", "https") and port not in (None, *WEB)
        return Domain(host_name(host), port if keeps else None)
    except ValueError:
        return None
