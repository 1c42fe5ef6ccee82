"""One turn's talk with codex's app server: what is said to it next, and what it says means.

It knows no process: what is to be said goes to a function, what was said comes from `hear`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from git_phc import __version__
from git_phc.agents.codex import levels
from git_phc.agents.codex.items import Told, item_records, plan_record
from git_phc.agents.codex.questions import NO, PLAN, Question, plan_question, question
from git_phc.agents.codex.usage import Usage
from git_phc.errors import PhcError
from git_phc.plugins.protocols import Answer, Turn
from git_phc.plugins.records import Record, done

Json = Mapping[str, Any]

HELLO, OPEN, BEGIN, INTERRUPT, STEER = range(1, 6)  # the numbers of our requests
UNKNOWN_METHOD = -32601  # JSON-RPC's
CARRY_OUT = "Implement the plan."


class Dialogue:
    """The talk of one turn.

    `hear` is called by one thread, the others from any.

    Attributes:
        outcome: the `done` record, once the turn is over.
    """

    def __init__(self, turn: Turn, say: Callable[[Json], None]) -> None:
        self._given, self._say = turn, say
        self._cwd = str(turn.cwd)
        self._planning = levels.level(turn) == "plan"
        self._opened: Json = {}
        self._thread = self._turn = self._plan = ""
        self._usage = Usage()
        self._changes: dict[str, Sequence[Json]] = {}  # of patches, by their item
        self._pending: list[tuple[Question, dict[str, Answer]]] = []
        self._lock = threading.Lock()
        self.outcome: Record | None = None

    def begin(self) -> None:
        """The first thing that is said."""
        self._request(HELLO, "initialize", levels.introduction(__version__))

    def hear(self, message: Json) -> Iterator[Record]:
        """What a message of codex's means for the transcript."""
        if "method" not in message:
            yield from self._answered(message)
        elif "id" in message:
            yield from self._asked(message)
        else:
            yield from self._told(str(message["method"]), message.get("params") or {})

    def answer(self, ask: str, answer: Answer) -> None:
        """Answers one `ask` record. Raises PhcError when nobody waits for it."""
        with self._lock:
            for pending in self._pending:
                asked, answers = pending
                names = [str(record["ask"]) for record in asked.asks]
                if ask in names and ask not in answers:
                    answers[ask] = answer
                    break
            else:
                raise PhcError("codex does not wait for this answer any more")
            if len(answers) == len(names):
                self._pending.remove(pending)
                self._reply(asked, [answers[name] for name in names])

    def interrupt(self) -> bool:
        """Asks codex to end the turn; says whether there is one."""
        if self._turn and self.outcome is None:
            names = {"threadId": self._thread, "turnId": self._turn}
            self._request(INTERRUPT, "turn/interrupt", names)
            return True
        return False

    # What we say

    def _request(self, number: int, method: str, params: Json) -> None:
        self._say({"id": number, "method": method, "params": params})

    def _reply(self, asked: Question, answers: Sequence[Answer]) -> None:
        if asked.method == PLAN:
            self._planned(answers[0])
            return
        self._say({"id": asked.request, "result": asked.result(answers)})
        if answers[0].text and asked.refuses(answers[0]):
            self._steer(answers[0].text)

    def _planned(self, answer: Answer) -> None:
        """A plan is carried out, or made better, in another turn of codex's."""
        good = answer.option is not None and answer.option != NO["id"]
        if good or answer.text:
            self._planning = not good
            self._begin(answer.text or CARRY_OUT)
        else:
            self.outcome = done("ok")

    def _begin(self, text: str) -> None:
        told = levels.message(self._opened, text, planning=self._planning)
        self._request(BEGIN, "turn/start", told)

    def _steer(self, words: str) -> None:
        """Codex knows no reason beside a denial: it is given as a word to go on with."""
        names = {"threadId": self._thread, "expectedTurnId": self._turn}
        self._request(STEER, "turn/steer", {**names, "input": [{"type": "text", "text": words}]})

    # What codex says

    def _answered(self, message: Json) -> Iterator[Record]:
        number, result = message.get("id"), message.get("result") or {}
        if "error" in message:
            if number in (HELLO, OPEN, BEGIN):
                self.outcome = done("failed", f"codex: {_reason(message['error'])}")
        elif number == HELLO:
            self._say({"method": "initialized"})
            self._request(OPEN, *levels.conversation(self._given))
        elif number == OPEN:
            yield from self._open(result)
        elif number == BEGIN:
            self._turn = str(result["turn"]["id"])

    def _open(self, opened: Json) -> Iterator[Record]:
        self._opened, self._thread = opened, str(opened["thread"]["id"])
        yield {"kind": "session", "session": self._thread}
        if levels.is_kept(self._given, opened):
            self._begin(self._given.prompt)
        else:
            at = levels.level(self._given)
            self.outcome = done("failed", f"codex would do more than '{at}' allows; is it old?")

    def _asked(self, message: Json) -> Iterator[Record]:
        item = str((message.get("params") or {}).get("itemId"))
        asked = question(message, self._changes.get(item, ()), self._cwd)
        if asked:
            yield from self._put(asked)
        else:
            error = {"code": UNKNOWN_METHOD, "message": "git phc cannot answer this"}
            self._say({"id": message["id"], "error": error})
            yield {"kind": "error", "text": f"codex asked what is not known: {message['method']}"}

    def _put(self, asked: Question) -> Iterator[Record]:
        with self._lock:
            self._pending.append((asked, {}))
        yield from asked.asks

    def _told(self, method: str, params: Json) -> Iterator[Record]:
        if method in ("item/started", "item/completed"):
            yield from self._item(params, over=method == "item/completed")
        elif method == "turn/plan/updated":
            yield plan_record(params)
        elif method == "thread/tokenUsage/updated":
            yield from self._spent(params)
        elif method == "serverRequest/resolved":
            yield from self._withdrawn(params.get("requestId"))
        elif method == "error" and params.get("willRetry"):
            yield {"kind": "error", "text": f"{_reason(params.get('error'))}; codex tries again"}
        elif method == "turn/completed" and self._is_ours(params, params.get("turn") or {}):
            yield from self._ended(params["turn"])

    def _ended(self, turn: Json) -> Iterator[Record]:
        plan, self._plan = self._plan, ""
        if self._planning and plan and turn.get("status") == "completed":
            self._turn = ""
            yield from self._put(plan_question(str(turn.get("id")), plan))
        else:
            self.outcome = _outcome(turn)

    def _item(self, params: Json, *, over: bool) -> Iterator[Record]:
        item = params.get("item") or {}
        if item.get("type") == "fileChange":
            self._changes[str(item.get("id"))] = item.get("changes") or ()
        if item.get("type") in ("agentMessage", "plan") and params.get("threadId") != self._thread:
            return  # the words of a helper of codex's are for codex
        if item.get("type") == "plan":
            self._plan = str(item.get("text") or "")
        yield from item_records(Told(item, self._cwd, over))

    def _spent(self, params: Json) -> Iterator[Record]:
        thread, turn = str(params.get("threadId")), params.get("turnId")
        if thread == self._thread and turn != self._turn:
            return  # what a conversation that is gone on with has cost before
        yield self._usage.record(thread, params.get("tokenUsage") or {})

    def _withdrawn(self, request: object) -> Iterator[Record]:
        """What was asked by this request is settled; where we have answered, it is forgotten."""
        with self._lock:
            gone = [each for each in self._pending if each[0].request == request]
            self._pending = [each for each in self._pending if each[0].request != request]
        for asked, answers in gone:
            names = [str(record["ask"]) for record in asked.asks]
            yield from ({"kind": "withdrawn", "ask": name} for name in names if name not in answers)

    def _is_ours(self, params: Json, turn: Json) -> bool:
        return params.get("threadId") == self._thread and turn.get("id") == self._turn


def _outcome(turn: Json) -> Record:
    if turn.get("status") == "completed":
        return done("ok")
    if turn.get("status") == "interrupted":
        return done("cancelled", "the turn was interrupted")
    return done("failed", _reason(turn.get("error")))


def _reason(error: Any) -> str:
    """One sentence of what went wrong; a model's own error may be JSON in JSON."""
    said = error if isinstance(error, Mapping) else {}
    text = str(said.get("message") or "it did not say what went wrong")
    with suppress(ValueError, TypeError, KeyError):
        text = str(json.loads(text)["error"]["message"])
    hint = "; log in: codex login" if said.get("codexErrorInfo") == "unauthorized" else ""
    return f"{text.strip()}{hint}"
