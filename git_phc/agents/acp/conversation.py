"""One turn over the protocol, from the first greeting to the answer that ends it.

It runs in an event loop of its own thread (see `run.py`). It decides nothing: what the agent asks
is handed out, and waits for its answer. The library is imported here, in functions only: that
takes a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from git_phc.agents.acp.presets import Preset
from git_phc.agents.acp.sessions import Spent
from git_phc.agents.acp.translate import LASTING, Translation, one_line
from git_phc.model.autonomy import REFUSING, option_for
from git_phc.plugins.protocols import Answer, Turn
from git_phc.plugins.records import Record, done

if TYPE_CHECKING:
    from acp.connection import Connection

    from git_phc.agents.acp.link import Link

GREETING = 120  # seconds that an agent has until a session is there
REASON = 500  # characters of what an agent says of an error
NO_SESSION = {"protocolVersion": 1, "clientCapabilities": {}}
UNTOLD = "{} takes no words with an answer, so send them: git phc send TASK TEXT"
STOPPED = {
    "max_tokens": "the model came to the limit of its tokens",
    "max_turn_requests": "the agent came to its limit of requests in one turn",
    "refusal": "the model refused to go on",
}

Json = Mapping[str, Any]


class Refusal(Exception):
    """The agent cannot be worked with; the message says why."""


class Conversation:
    """One turn. `hold` runs it; `answer`, `set_mode` and `cancel` are called in its loop."""

    def __init__(self, preset: Preset, turn: Turn, tell: Callable[[Record], None]) -> None:
        self._preset, self._turn, self._tell = preset, turn, tell
        self._translation = Translation(turn.cwd)
        self._connection: Connection | None = None
        self._session: str | None = None
        self._live = False
        self._numbers = count(1)
        self._asks: dict[str, tuple[Json, asyncio.Future[Answer | None]]] = {}
        self._offered: dict[str, str] = {}
        self._before: Spent | None = None
        self._spent: Spent | None = None

    async def hold(self, link: Link) -> Record:
        """Says what is to be said, and gives the last record of the turn."""
        from acp.connection import Connection
        from acp.exceptions import RequestError

        self._connection = Connection(self._handle, link)
        try:
            async with asyncio.timeout(GREETING):
                await self._greet()
            return await self._prompt()
        except TimeoutError:
            return done("failed", f"{self._preset.name} has not begun within {GREETING} seconds")
        except Refusal as refusal:
            return done("failed", str(refusal))
        except RequestError as error:
            return done("failed", _why(self._preset.name, error))

    async def cancel(self) -> bool:
        """Asks the agent to end the turn, if it has begun: whatever it had asked is off."""
        self._drop_asks()
        if not self._live or self._connection is None:
            return False
        await self._connection.send_notification("session/cancel", {"sessionId": self._session})
        return True

    def waits_for(self, ask: str, option: str | None) -> bool:
        """Whether this request waits, and has this option."""
        waiting = self._asks.get(ask)
        options = waiting[0].get("options", ()) if waiting else ()
        return waiting is not None and (option is None or option in {o["id"] for o in options})

    def answer(self, ask: str, answer: Answer) -> None:
        """Passes an answer on to the agent."""
        if waiting := self._asks.pop(ask, None):
            waiting[1].set_result(answer)

    async def set_mode(self, level: str) -> bool:
        """Has the agent work at another level from now on; whether it could be told."""
        wanted = self._preset.modes.get(level, ())
        mode = next((mode for mode in wanted if mode in self._offered), None)
        if mode is None or self._session is None:
            return False
        if self._offered[mode]:
            option = {"configId": self._offered[mode], "value": mode}
            await self._request("session/set_config_option", option)
        else:
            await self._request("session/set_mode", {"modeId": mode})
        self._tell_all(self._translation.mode(mode))
        return True

    # Before the prompt

    async def _greet(self) -> None:
        able = await self._ask_agent("initialize", NO_SESSION)
        if able.get("protocolVersion") != NO_SESSION["protocolVersion"]:
            raise Refusal(f"{self._preset.name} speaks another version of the protocol")
        opened = await self._open(_mapping(able.get("agentCapabilities")))
        self._tell({"kind": "session", "session": self._session})
        self._note_modes(opened)
        level = str(self._turn.settings.get("autonomy") or "ask")
        if self._preset.modes.get(level) and not await self.set_mode(level):
            wanted = " or ".join(self._preset.modes[level])
            name = self._preset.name
            raise Refusal(f"{name} offers no mode {wanted}, which autonomy {level} needs")
        if model := self._turn.settings.get("model"):
            await self._set_model(str(model), opened)

    async def _open(self, able: Json) -> Json:
        """A new session, or the one to go on with: resumed where it can be, else loaded."""
        level = str(self._turn.settings.get("autonomy") or "ask")
        place: dict[str, Any] = {"cwd": str(self._turn.cwd), "mcpServers": []}
        if meta := self._preset.meta(level):
            place["_meta"] = dict(meta)
        if not self._turn.session:
            opened = await self._ask_agent("session/new", place)
            self._session = str(opened.get("sessionId") or "")
            if not self._session:
                raise Refusal(f"{self._preset.name} has opened no session")
            return opened
        self._session = self._turn.session
        if "resume" in _mapping(able.get("sessionCapabilities")):
            return await self._request("session/resume", place)
        if able.get("loadSession"):
            return await self._request("session/load", place)
        raise Refusal(f"{self._preset.name} cannot go on with a conversation")

    def _note_modes(self, opened: Json) -> None:
        """Which modes there are, each with the option that sets it; "" where that is a request."""
        for option in _list(opened.get("configOptions")):
            if option.get("category") == "mode" or option.get("id") == "mode":
                for each in _list(option.get("options")):
                    self._offered[str(each.get("value"))] = str(option.get("id"))
        for each in _list(_mapping(opened.get("modes")).get("availableModes")):
            self._offered[str(each.get("id"))] = ""

    async def _set_model(self, model: str, opened: Json) -> None:
        for option in _list(opened.get("configOptions")):
            if option.get("category") == "model" or option.get("id") == "model":
                value = {"configId": option.get("id"), "value": model}
                await self._request("session/set_config_option", value)
                return
        raise Refusal(f"{self._preset.name} cannot be told which model to use")

    # The turn itself

    async def _prompt(self) -> Record:
        self._translation.begin()
        self._before = self._preset.spent(str(self._session), self._turn)
        self._live = True
        prompt = [{"type": "text", "text": self._turn.prompt}]
        result = await self._request("session/prompt", {"prompt": prompt})
        self._live = False
        if not self._tell_spent():
            self._tell_all(self._translation.usage(result))
        return self._outcome(str(result.get("stopReason")))

    def _outcome(self, stopped: str) -> Record:
        if failure := self._translation.failure:
            return done("failed", f"{self._preset.name} says: {failure}")
        if stopped == "cancelled":  # not by us: some end their turn when they are refused something
            if self._translation.denied:
                return done("ok", "the agent ended its turn when it was refused something")
            return done("failed", "the agent broke off its turn")
        if reason := STOPPED.get(stopped):
            return done("failed", reason)
        return done("ok")

    async def _handle(self, method: str, params: Any, is_notification: bool) -> Any:  # noqa: FBT001
        """What the agent says of its own accord, called by the library."""
        from acp.exceptions import RequestError

        given = _mapping(params)
        if method == "session/update":
            if self._live and given.get("sessionId") == self._session:
                records = self._translation.update(_mapping(given.get("update")))
                # Its own books, where there are any, are the better word for what it has cost.
                self._tell_all([r for r in records if not (self._spent and r["kind"] == "usage")])
                if any(record.get("status") in ("ok", "failed") for record in records):
                    self._tell_spent()
            return None
        if is_notification:
            return None
        if method == "session/request_permission":
            return {"outcome": await self._permission(given)}
        self._note_refused(method, given)
        raise RequestError.method_not_found(method)

    async def _permission(self, request: Json) -> dict[str, str]:
        ask = str(next(self._numbers))
        record = self._translation.asked(ask, request)
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._asks[ask] = (record, future)
        self._tell(record)
        answer = await future
        chosen = answer.option if answer else None
        if answer and answer.text:  # the protocol has options and nothing else
            chosen = chosen or option_for(record, REFUSING)
            self._tell({"kind": "error", "text": UNTOLD.format(self._preset.name)})
        kinds = {option["id"]: option["kind"] for option in record["options"]}
        if chosen is None or kinds[chosen].startswith("reject"):
            self._translation.refused(request)
        if chosen is None:
            return {"outcome": "cancelled"}
        return {"outcome": "selected", "optionId": chosen.removesuffix(LASTING)}

    def _note_refused(self, method: str, request: Json) -> None:
        """We offer no files and no terminals. opencode tells of files that it has written as if
        we did, so what is inside the workspace is nothing to speak of.
        """
        path = PurePosixPath(str(request.get("path", "")))
        inside = path.is_relative_to(self._turn.cwd) and ".." not in path.parts
        if not (method.startswith("fs/") and inside):
            what = f"{method} {path}" if request.get("path") else method
            self._tell({"kind": "error", "text": f"the agent asked for {one_line(what)}: refused"})

    # Its hands

    async def _request(self, method: str, params: Json) -> Json:
        return await self._ask_agent(method, {"sessionId": self._session, **params})

    async def _ask_agent(self, method: str, params: Json) -> Json:
        assert self._connection  # noqa: S101  (made in `hold`)
        return _mapping(await self._connection.send_request(method, dict(params)))

    def _tell_spent(self) -> bool:
        """What the turn has cost, where the agent's own books say it; whether they do."""
        whole = self._preset.spent(str(self._session), self._turn)
        if whole is None:
            return False
        spent = whole.since(self._before)
        if spent != self._spent:
            self._spent = spent
            self._tell({"kind": "usage", **asdict(spent)})
        return True

    def _drop_asks(self) -> None:
        for _, future in self._asks.values():
            if not future.done():
                future.set_result(None)
        self._asks.clear()

    def _tell_all(self, records: list[Record]) -> None:
        for record in records:
            self._tell(record)


def _why(name: str, error: Exception) -> str:
    """What an agent says of an error, with the details that some have."""
    details = getattr(error, "data", None)
    more = details.get("details") or details.get("message") if isinstance(details, dict) else None
    said = f"{error}: {more}" if isinstance(more, str) and more not in str(error) else str(error)
    if getattr(error, "code", 0) == -32000:
        return f"{name} wants you to log in first: {one_line(said)}"
    return f"{name} says: {' '.join(said.split())[:REASON]}"


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
