"""Runs inside a sandbox: a proxy on loopback that is nothing but a way to the unix socket of the
real one, and the command that is told of it.

    python -I -S bridge.py SOCKET -- COMMAND …

It stands alone: of this package, and of any other, nothing is there inside. The command takes
this process's place, with the variables that tools look for a proxy in; the bridge goes on in a
process that is nobody's child there, and ends with the last who holds the descriptor `leash`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress

CHUNK = 64 * 1024
HERE = "localhost,127.0.0.1,::1"  # what runs beside the command is reached without a proxy


def main(argv: list[str]) -> None:
    """Starts the bridge, and becomes the command."""
    place, dashes, *command = argv
    if dashes != "--" or not command:
        raise SystemExit("bridge.py SOCKET -- COMMAND …")
    listener = socket.create_server(("127.0.0.1", 0))
    held, leash = os.pipe()
    os.set_inheritable(leash, True)
    if (child := os.fork()) == 0:
        if os.fork() == 0:  # so that the command has no child that it does not know
            os.close(leash)
            _serve(listener, place, held)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(held)
    port = listener.getsockname()[1]
    listener.close()
    env = {**os.environ, **variables(f"http://127.0.0.1:{port}")}
    try:
        os.execvpe(command[0], command, env)  # noqa: S606  (there is no shell to want)
    except OSError as error:
        raise SystemExit(f"{command[0]}: {error.strerror or error}") from error


def variables(url: str) -> dict[str, str]:
    """What tells tools of a proxy."""
    both = {"http_proxy": url, "https_proxy": url, "all_proxy": url, "no_proxy": HERE}
    # Node looks at them where it is told to; curl reads http_proxy in small letters alone.
    large = {name.upper(): value for name, value in both.items()}
    return {**both, **large, "NODE_USE_ENV_PROXY": "1"}


def _serve(listener: socket.socket, place: str, held: int) -> None:
    """Carries every connection to the socket, until nobody holds the leash."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # else whoever reads the command's output waits for ours
        os.dup2(null, stream)
    with suppress(KeyboardInterrupt):
        asyncio.run(_bridge(listener, place, held))


async def _bridge(listener: socket.socket, place: str, held: int) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.open_unix_connection(place)
        except OSError:
            writer.close()
            return
        await join((reader, writer), other)

    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(held, over.set)
    async with await asyncio.start_server(carry, sock=listener):
        await over.wait()
        os._exit(0)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def join(one: Stream, two: Stream) -> None:
    """Carries bytes both ways until both sides have ended, or one has broken off."""
    try:
        await asyncio.gather(pump(one[0], two[1]), pump(two[0], one[1]))
    except OSError:
        pass
    finally:
        one[1].close()
        two[1].close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carries bytes one way until they end, and passes their end on."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


if __name__ == "__main__":
    main(sys.argv[1:])
