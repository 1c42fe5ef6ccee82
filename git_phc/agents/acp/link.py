"""The agent's lines as the library wants its messages: in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from git_phc.agents.jsonlines import Broken, Event, JsonLines

AHEAD = 64  # messages that are read before the former ones were dealt with


class Link:
    """A transport of the library. Made inside the loop; `close` ends the program."""

    def __init__(self, program: JsonLines, broken: Callable[[Broken], None]) -> None:
        self._program, self._broken = program, broken
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[Event | Broken | None] = asyncio.Queue(AHEAD)
        threading.Thread(target=self._read, daemon=True).start()

    async def send(self, message: dict[str, Any]) -> None:
        """Says something to the agent."""
        self._program.send(message)

    async def receive(self) -> dict[str, Any] | None:
        """The agent's next message; None when there will be none."""
        # The library starts a task for each message and does not look after them: they get
        # their turn here, so that a flood waits in the pipe and not in memory.
        await asyncio.sleep(0)
        while isinstance(event := await self._next(), Broken):
            self._broken(event)
        return event

    async def close(self) -> None:
        """Reads what the program still says in the time that it is allowed, and ends it."""
        while await self._next() is not None:
            pass
        await asyncio.to_thread(self._program.end)

    async def _next(self) -> Event | Broken | None:
        event = await self._inbox.get()
        if event is None:  # for whoever asks next: the library may still be reading
            self._inbox.put_nowait(None)
        return event

    def _read(self) -> None:
        try:
            for event in self._program.events():
                self._put(event)
            self._put(None)
        except (CancelledError, RuntimeError):
            return  # the loop has gone: nobody listens any more

    def _put(self, event: Event | Broken | None) -> None:
        asyncio.run_coroutine_threadsafe(self._inbox.put(event), self._loop).result()
