"""One turn of claude: its program, spoken to on standard input and heard on standard output.

Beside the conversation's own events there is a protocol of requests and responses, in both
directions: claude asks before it uses a tool, and we tell it to stop or to change its mode.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from git_phc.agents.claude import levels
from git_phc.agents.claude.asking import ALWAYS, Request, request_from
from git_phc.agents.claude.translation import Translator
from git_phc.agents.jsonlines import Broken, Event, JsonLines
from git_phc.agents.shapes import mapping, mappings, text
from git_phc.errors import PhcError
from git_phc.plugins.protocols import Answer, Run
from git_phc.plugins.records import Record, done

GOODBYE = 5.0  # seconds that it may take to end when its turn is over
RETURN = 20.0  # seconds in which it should go on when its subagents have ended
INTERRUPT = 1.5  # seconds in which an interrupted turn should have come to its end


class ClaudeRun(Run):
    """One turn.

    Args:
        program: the program, just started.
        prompt: what it is to do.
        level: the autonomy that it begins with.
        roots: the names that the workspace has.
        plans: the folder of claude's own plans.
    """

    def __init__(
        self, program: JsonLines, prompt: str, level: str, roots: list[str], plans: str
    ) -> None:
        self._program, self._level, self._roots, self._plans = program, level, roots, plans
        self._translator = Translator(roots)
        self._waiting: dict[str, Request] = {}
        self._always: set[str] = set()
        self._lock = threading.Lock()
        self._result: Event | None = None
        self._agents = 0  # subagents that work in the background
        self._over, self._cancelled = threading.Event(), threading.Event()
        self._prompt = prompt
        self._refusal = ""  # why it was not given its prompt, or was ended
        self._has_prompt = self._has_gate = False
        self._initialize(level)

    def records(self) -> Iterator[Record]:
        try:
            for event in self._program.events():
                if isinstance(event, Broken):
                    yield event.record
                else:
                    yield from self._heard(event)
        finally:
            code = self._program.end()
            self._over.set()
        yield self._outcome(code)

    def cancel(self) -> None:
        self._cancelled.set()
        self._request("interrupt")  # so that it notes in its session how far it came
        self._over.wait(INTERRUPT)
        self._program.end()

    def answer(self, ask: str, answer: Answer) -> None:
        with self._lock:
            request = self._waiting.pop(ask, None)
            if request is None:
                raise PhcError("claude does not wait for this answer any more")
            told = request.take(ask, answer)
            if answer.option == ALWAYS and request.lasting:
                self._always.add(request.lasting)
        if told is not None:
            self._respond(request.id, told)

    def set_autonomy(self, level: str) -> bool:
        if self._over.is_set():
            return False
        with self._lock:
            self._level = level
            self._always.clear()
        if not self._has_gate and levels.wants_gate(level):
            self._initialize(level)
        # Claude lets nobody into bypass who has not begun there; but then it asks, and we allow.
        mode = levels.mode(level)
        self._request("set_permission_mode", mode="default" if level == "bypass" else mode)
        return True

    # What it says

    def _heard(self, event: Event) -> Iterator[Record]:
        kind = text(event, "type")
        if kind == "control_request":
            yield from self._asked(event)
        elif kind == "control_cancel_request":
            yield from self._withdrawn(text(event, "request_id"))
        elif kind == "control_response":
            yield from self._told(mapping(event, "response"))
        else:
            yield from self._translator.records(event)
        self._follow(event)

    def _told(self, response: Mapping[str, Any]) -> Iterator[Record]:
        """What it says to what we asked of it. It gets its prompt, and goes on, only when it has
        taken our hook: without that its own rules would have the last word.
        """
        error = text(response, "error")
        if text(response, "request_id") == _name("initialize"):
            if error:
                self._refusal = f"claude does not let us judge what it does: {error}"
                self._program.allow(0)
            elif not self._has_prompt and not self._cancelled.is_set():
                self._has_prompt = True
                content = [{"type": "text", "text": self._prompt}]
                message = {"role": "user", "content": content}
                self._program.send({"type": "user", "message": message})
        elif error:
            yield {"kind": "error", "text": f"claude did not do as it was told: {error}"}

    def _follow(self, event: Event) -> None:
        """Keeps track of whether the turn is over. One result is not the end of it while
        subagents are at work: they have their questions, and claude its last word after them.
        """
        kind, subtype = text(event, "type"), text(event, "subtype")
        if kind == "result":
            self._result = event
            if not self._agents or self._cancelled.is_set():
                self._over.set()
                self._program.close_input()
                self._program.allow(GOODBYE)
        elif subtype == "background_tasks_changed":
            tasks = mappings(event, "tasks")
            self._agents = sum(text(task, "task_type") == "local_agent" for task in tasks)
            if self._result is not None and not self._agents:
                self._program.allow(RETURN)
        elif subtype == "init" and not self._over.is_set():
            self._program.allow(None)
        elif text(event, "decision_reason_code").startswith("auto_mode_"):
            # There is no classifier for this session: then it shall ask, as it does elsewhere.
            self._request("set_permission_mode", mode="default")

    def _asked(self, event: Event) -> Iterator[Record]:
        id, request = text(event, "request_id"), mapping(event, "request")
        kind = text(request, "subtype")
        if kind == "hook_callback":
            self._respond(id, levels.gate(self._level, mapping(request, "input"), self._plans))
        elif kind == "can_use_tool":
            asked = request_from(event, self._roots)
            with self._lock:
                allowed = asked.lasting in self._always
                if not allowed:
                    self._waiting.update(dict.fromkeys(asked.asks, asked))
            if allowed:
                self._respond(id, asked.allowed())
            else:
                yield from asked.records()
        else:
            error = {"subtype": "error", "request_id": id, "error": f"{kind} is not known here"}
            self._program.send({"type": "control_response", "response": error})

    def _withdrawn(self, request: str) -> Iterator[Record]:
        with self._lock:
            gone = [ask for ask, asked in self._waiting.items() if asked.id == request]
            for ask in gone:
                del self._waiting[ask]
        yield from ({"kind": "withdrawn", "ask": ask} for ask in gone)

    def _outcome(self, code: int) -> Record:
        if self._cancelled.is_set():
            return done("cancelled", None, code)
        if self._refusal:
            return done("failed", self._refusal, code)
        if self._result is None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            words = self._program.last_words()
            why = f"claude {how} before its turn was over" + (f": {words}" if words else "")
            return done("failed", why, code)
        if self._result.get("is_error") or text(self._result, "subtype") != "success":
            return done("failed", _why(self._result) or self._program.last_words(), code)
        denied = ", ".join(dict.fromkeys(self._translator.denied))
        return done("ok", f"it was not allowed to use {denied}" if denied else None, code)

    # What it is told

    def _initialize(self, level: str) -> None:
        """Gives it the hook that its level wants; claude takes one in the middle of a turn, too."""
        self._has_gate = levels.wants_gate(level)
        self._request("initialize", hooks=levels.HOOKS if self._has_gate else {})

    def _request(self, kind: str, **more: Any) -> None:
        request = {"subtype": kind, **more}
        letter = {"type": "control_request", "request_id": _name(kind), "request": request}
        self._program.send(letter)

    def _respond(self, id: str, response: Mapping[str, Any]) -> None:
        success = {"subtype": "success", "request_id": id, "response": response}
        self._program.send({"type": "control_response", "response": success})


def _name(kind: str) -> str:
    """What a request of ours is called, of which there is one of a kind at a time."""
    return f"phc-{kind}"


def _why(result: Event) -> str:
    """Why a turn failed, in claude's words."""
    errors = result.get("errors")
    words = [text(result, "result"), *(errors if isinstance(errors, list) else [])]
    said = " / ".join(" ".join(str(word).split()) for word in words if word)
    return said or text(result, "subtype").replace("_", " ")
