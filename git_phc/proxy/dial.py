"""From a name to a connection: looked up once, judged, and dialled at the address that was judged.

Whoever answers for a name may say another address a moment later; so nobody asks again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from git_phc.model.addresses import Address, parse_address
from git_phc.model.network import Network
from git_phc.proxy.bridge import Stream

T = TypeVar("T")
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, in the order in which they are to be tried. Raises OSError."""

PATIENCE = 10.0  # seconds for the name, and for each address
TRIED = 4  # addresses of one name


class Denied(Exception):
    """Why a request goes nowhere: the end of a sentence about its host."""


class Unreachable(Exception):
    """The host may be reached, and cannot be."""


def system_resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names, its hosts file included."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def dial(host: str, port: int, network: Network, resolve: Resolve) -> Stream:
    """A connection to the host. Raises Denied, and Unreachable."""
    if why := network.refuses(host, port):
        raise Denied(why)
    given = network.named(host, port)
    addresses = [given] if given else await _resolved(host, port, resolve)
    refused = {address: refusal(address, port, network) for address in addresses}
    good = [address for address in addresses if refused[address] is None]
    if not good:
        raise Denied(str(refused[addresses[0]]))
    said = ""
    for address in good[:TRIED]:
        try:
            return await _connected(address, port)
        except (OSError, TimeoutError) as error:
            said = str(getattr(error, "strerror", "") or "it does not answer").lower()
    raise Unreachable(said)


async def _resolved(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        async with asyncio.timeout(PATIENCE):
            found = await aside(lambda: resolve(host, port))
        addresses = [parse_address(text) for text in found]
    except (OSError, UnicodeError, ValueError, TimeoutError) as error:
        raise Unreachable("its name cannot be resolved") from error
    if not addresses:
        raise Unreachable("its name has no address")
    return list(dict.fromkeys(addresses))


def refusal(address: Address, port: int, network: Network) -> str | None:
    """Why this address may not be dialled: by what it is, or since it is this machine's own."""
    why = network.refuses_address(address, port)
    if (
        why is None
        and _is_own(address)
        and not any(e.covers(address, port) for e in network.exempt)
    ):
        return f"{address} is this machine's own address"
    return why


def _is_own(address: Address) -> bool:
    """Whether the address leads back to this machine, as its routes say; nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((str(address), 9))
        return parse_address(probe.getsockname()[0]) == address
    return False


async def _connected(address: Address, port: int) -> Stream:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(str(address), port)
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a dead one is noticed
    return reader, writer


async def aside(act: Callable[[], T]) -> T:
    """Does what blocks in a thread that nobody waits for when this process ends: a resolver may
    take half a minute to give up.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Exception | None) -> None:
        if answer.done():  # it was given up
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # it is a T where nothing failed

    def work() -> None:
        result, failure = None, None
        try:
            result = act()
        except Exception as error:  # noqa: BLE001  (it is raised where it is awaited)
            failure = error
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(tell, result, failure)

    Thread(target=work, daemon=True).start()
    return await answer
