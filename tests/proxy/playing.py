"""A world of hosts for the proxy's tests: real servers on loopback, under names of our own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from git_phc.model.network import Network
from git_phc.proxy.server import Visit, filtering

Answer = Callable[[bytes], bytes]
PATIENCE = 20  # seconds


@contextmanager
def server(answer: Answer) -> Iterator[int]:
    """A server on loopback that gives `answer` what it was sent first; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, answer), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, answer: Answer) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(PATIENCE)
                connection.sendall(answer(connection.recv(65536)))


@dataclass
class World:
    """A proxy at work, and what it has told."""

    place: Path
    visits: list[Visit] = field(default_factory=list)

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(str(self.place))
        return client

    def ask(self, *lines: str, body: bytes = b"") -> bytes:
        """All that the proxy answers to a request."""
        with self.connect() as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            return rest(client)

    @property
    def denied(self) -> list[str]:
        return [f"{v.host}:{v.port} {v.refused}" for v in self.visits if v.refused]


@contextmanager
def world(
    folder: Path,
    network: Network,
    hosts: Mapping[str, Sequence[str]],
    *,
    more: Callable[[], Network] | None = None,
    patience: float = 10.0,
) -> Iterator[World]:
    """A proxy with this network, for which `hosts` says what names resolve to."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in hosts:
            raise OSError("no such name")
        return hosts[host]

    visits: list[Visit] = []
    with filtering(
        network, visits.append, folder, more=more, resolve=resolve, patience=patience
    ) as place:
        yield World(place, visits)


def rest(client: socket.socket) -> bytes:
    """All that comes until the other side ends; it may do so without having heard all."""
    pieces = []
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)
