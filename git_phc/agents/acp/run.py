"""One turn at work: the agent's process, and the thread in which it is talked to."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from git_phc.agents.acp.conversation import Conversation
from git_phc.agents.acp.link import Link
from git_phc.agents.acp.presets import Preset
from git_phc.agents.jsonlines import Broken, JsonLines
from git_phc.errors import PhcError
from git_phc.model.autonomy import AUTONOMIES
from git_phc.plugins.protocols import Answer, Run, Turn
from git_phc.plugins.records import Record, done

AHEAD = 64  # records that may wait to be read; the agent then waits for us
POLITE = 3.0  # seconds that an agent has to end its turn by itself when it is cancelled
LEAVE = 1.0  # seconds that it has to go by itself after its last turn
FREE = ("auto", "bypass")  # levels for which an agent is started with fewer rules
UNREAD = 1.0  # seconds after which, once cancelled, nobody is thought to read the records


class AcpRun(Run):
    """See `Run`. Raises PhcError when the agent cannot be started."""

    def __init__(self, preset: Preset, argv: Sequence[str], turn: Turn) -> None:
        self._preset, self._turn = preset, turn
        level = str(turn.settings.get("autonomy") or "ask")
        self._level = level
        self._program = JsonLines(argv, turn, env=preset.environ(level, turn), listens=True)
        self._records: queue.Queue[Record] = queue.Queue(AHEAD)
        self._conversation = Conversation(preset, turn, self._tell)
        self._cancelled = threading.Event()
        self._unread = False  # whether nobody seems to read the records any more
        self._ended = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        threading.Thread(target=self._drive, daemon=True).start()

    def records(self) -> Iterator[Record]:
        record: Record = {}
        while record.get("kind") != "done":
            record = self._records.get()
            yield record

    def cancel(self) -> None:
        self._cancelled.set()
        self._in_loop(self._stop.set)
        self._ended.wait()

    def answer(self, ask: str, answer: Answer) -> None:
        if not self._conversation.waits_for(ask, answer.option):
            raise PhcError(f"nobody waits for an answer to {ask}, or it has no such option")
        self._in_loop(self._conversation.answer, ask, answer)

    def set_autonomy(self, level: str) -> bool:
        """More: whatever it asks from now on is answered by the new level. Less: only where the
        agent can be told in the middle of a turn, and was not started with freer rules.
        """
        more = AUTONOMIES.index(level) >= AUTONOMIES.index(self._level)
        if not self._preset.live:
            return more
        try:
            told = asyncio.run_coroutine_threadsafe(self._conversation.set_mode(level), self._loop)
            return told.result(POLITE) and (more or self._level not in FREE)
        except Exception:  # noqa: BLE001  (it said no, said nothing in time, or has gone)
            return False

    # In the thread

    def _drive(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                last = runner.run(self._hold())
        except Exception as error:  # noqa: BLE001  (whatever it was, the run must have an end)
            last = done("failed", f"{self._preset.name} could not be talked to: {error!r}")
        code = self._program.end()
        if self._cancelled.is_set():
            last = done("cancelled", None, code)
        self._ended.set()
        self._records.put(last)

    async def _hold(self) -> Record:
        link = Link(self._program, self._note_broken)
        turn = asyncio.create_task(self._conversation.hold(link))
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({turn, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not turn.done():
            polite = POLITE if await self._conversation.cancel() else 0
            await asyncio.wait({turn}, timeout=polite)
        stop.cancel()
        turn.cancel()
        await self._let_go(link)
        (said,) = await asyncio.gather(turn, return_exceptions=True)
        return said if not isinstance(said, BaseException) else self._lost(said)

    async def _let_go(self, link: Link) -> None:
        """The agent is told nothing more, which ends most of them; what is left is ended."""
        self._program.close_input()
        self._program.allow(LEAVE)
        await link.close()

    def _lost(self, error: BaseException) -> Record:
        """The agent has gone in the middle of its turn."""
        code = self._program.end()
        if not isinstance(error, ConnectionError):
            return done("failed", f"{self._preset.name} could not be talked to: {error!r}", code)
        words = self._program.last_words()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return done("failed", f"{self._preset.name} {how}" + (f": {words}" if words else ""), code)

    def _note_broken(self, broken: Broken) -> None:
        self._tell(broken.record)

    def _tell(self, record: Record) -> None:
        """Waits until there is room: then nothing is read from the agent, and it waits too.

        Once the turn is cancelled, it is waited for a reader once and not for each record: a
        flood would hold up the end for as many seconds as it has records.
        """
        while True:
            try:
                self._records.put(record, block=not self._unread, timeout=UNREAD)
            except queue.Full:
                if self._cancelled.is_set():
                    self._unread = True
                    return
            else:
                return

    def _in_loop(self, act: Callable[..., object], *given: object) -> None:
        try:
            self._loop.call_soon_threadsafe(act, *given)
        except RuntimeError:
            return  # the turn is over, and its loop with it
