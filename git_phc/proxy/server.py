"""The proxy, on a unix socket: every request is judged, and what may pass is carried.

    with filtering(network, hear, folder) as socket: ...

It runs in a thread of the process that opens it, for as long as the context lasts. What a
hostile client can make it do is bounded: by the size of a head, the time that it may take, and
the number of connections.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from threading import Thread

from msgspec import Struct

from git_phc.model.network import Network
from git_phc.proxy.bridge import CHUNK, Stream, join, pump
from git_phc.proxy.dial import Denied, Resolve, Unreachable, aside, dial, system_resolve
from git_phc.proxy.request import BadRequest, Request, parse_request

LARGEST_HEAD = 64 * 1024  # bytes
PATIENCE = 10.0  # seconds in which a head must have come
MOST = 200  # connections at once
NAME = "proxy"  # of the socket, in its folder


More = Callable[[], Network]
"""A wider network, asked for once, when the first name is not in the one at hand: it may take its
time. Where it raises, the narrow one is all that there is.
"""


class Visit(Struct, frozen=True):
    """A request that was judged; `refused` says why it was denied, None where it was not."""

    host: str
    port: int
    refused: str | None = None


@contextmanager
def filtering(
    network: Network,
    hear: Callable[[Visit], None],
    folder: Path,
    *,
    more: More | None = None,
    resolve: Resolve = system_resolve,
    patience: float = PATIENCE,
) -> Iterator[Path]:
    """A proxy at work; yields the path of its socket, in `folder`.

    `hear` is called from another thread, and must be quick.
    """
    proxy = _Proxy(network, more, hear, resolve, patience)
    with closing(_listener(folder)) as listener:
        thread = Thread(target=lambda: asyncio.run(proxy.serve(listener)), daemon=True)
        thread.start()
        try:
            yield folder / NAME
        finally:
            proxy.stop()
            thread.join()
            (folder / NAME).unlink(missing_ok=True)


def _listener(folder: Path) -> socket.socket:
    """A socket in the folder, whose path may be longer than a socket's address can be."""
    (folder / NAME).unlink(missing_ok=True)  # of one that was killed
    listener = socket.socket(socket.AF_UNIX)
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{place}/{NAME}")
        (folder / NAME).chmod(0o600)
        listener.listen(MOST)
        return listener
    except OSError:
        listener.close()
        raise
    finally:
        os.close(place)


class _Proxy:
    def __init__(
        self,
        network: Network,
        more: More | None,
        hear: Callable[[Visit], None],
        resolve: Resolve,
        patience: float,
    ) -> None:
        self._network, self._more = network, more
        self._hear, self._resolve, self._patience = hear, resolve, patience
        self._asked: asyncio.Task[Network] | None = None
        self._open = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False
        self._stop: asyncio.Event

    async def serve(self, listener: socket.socket) -> None:
        """Until `stop`; then every connection is cut."""
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if self._over:
            return
        # Not start_unix_server: it looks for the socket at the path that it was bound by.
        server = await asyncio.start_server(self._visit, sock=listener, limit=LARGEST_HEAD)
        await self._stop.wait()
        server.close()

    def stop(self) -> None:
        self._over = True
        if self._loop:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        self._open += 1
        try:
            await self._answer(parse_request(await self._head(reader)), (reader, writer))
        except BadRequest as error:
            _say(writer, error.status, error.why)
        except (OSError, asyncio.IncompleteReadError):
            pass  # it has gone
        except asyncio.CancelledError:
            pass  # all is over; in Python 3.11 who has called this cannot be told so
        finally:
            self._open -= 1
            with suppress(OSError):
                writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        if self._open > MOST:
            raise BadRequest(503, f"there are {MOST} connections already")
        try:
            async with asyncio.timeout(self._patience):
                return await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError as error:
            raise BadRequest(431, "the head of the request is too long") from error
        except TimeoutError as error:
            raise BadRequest(408, "the head of the request did not come in time") from error

    async def _answer(self, request: Request, client: Stream) -> None:
        host, port = request.host, request.port
        try:
            other = await dial(host, port, await self._judge(host, port), self._resolve)
        except Denied as error:
            self._hear(Visit(host, port, str(error)))
            raise BadRequest(403, f"{host}:{port} is denied: {error}") from error
        except Unreachable as error:
            raise BadRequest(502, f"{host}:{port} cannot be reached: {error}") from error
        self._hear(Visit(host, port))
        if request.head is None:
            client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await join(client, other)
        else:
            await _pass_on(request.head, request.body, client, other)

    async def _judge(self, host: str, port: int) -> Network:
        """The network that says whether this host may be reached."""
        if self._more is None or self._network.refuses(host, port) is None:
            return self._network
        if self._asked is None:
            self._asked = asyncio.ensure_future(aside(self._more))
        try:
            return await asyncio.shield(self._asked)
        except Exception as error:  # what cannot be judged does not pass
            raise Denied(f"the hosts that are trusted here are not known: {error}") from error


async def _pass_on(head: bytes, size: int, client: Stream, other: Stream) -> None:
    """One request and its answer. What the client sends after the body is not looked at: it
    would be another request, which nobody has judged.
    """
    try:
        other[1].write(head)
        await asyncio.gather(body(client[0], other[1], size), pump(other[0], client[1]))
    finally:
        other[1].close()


async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
    """Carries so many bytes, and no more."""
    while left and (data := await reader.read(min(CHUNK, left))):
        left -= len(data)
        writer.write(data)
        await writer.drain()


def _say(writer: asyncio.StreamWriter, status: int, why: str) -> None:
    """An answer of the proxy's own."""
    words = "".join(letter if letter.isprintable() else "?" for letter in why)
    text = f"git phc: {words}\n".encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    with suppress(OSError):
        writer.write(head.encode() + text)
