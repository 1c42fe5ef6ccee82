"""An agent for tests, and for trying out: it does what its prompt says, and calls no model.

The prompt holds directives, done in their order; it asks before it writes or runs:

    [[say TEXT]]            says it            [[think TEXT]]   thinks it
    [[write PATH|TEXT]]     writes a file      [[run COMMAND]]  runs it in a shell
    [[plan TEXT]]           asks whether the plan is good
    [[choose TEXT|A|B]]     asks which         [[ask TEXT]]     asks for words
    [[use IN OUT USD]]      says what it used  [[sleep SECONDS]]
    [[recall]]              says the prompts that it remembers
    [[fail TEXT]]           ends as failed     [[raise TEXT]]   its adapter breaks
"""

from __future__ import annotations

import json
import queue
import re
import secrets
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from git_phc.host.process import MARKER, end_group, spawn_group, sweep
from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Answer, Availability, Files, Run, Turn
from git_phc.plugins.records import Record, done, option

DIRECTIVE = re.compile(r"\[\[(\w+)\s*(.*?)\]\]", re.DOTALL)
OPTIONS = [
    option("yes", "Allow", "allow_once"),
    option("always", "Always allow", "allow_always"),
    option("no", "Deny", "reject_once"),
]
PERMITTED = ("yes", "always")
TICK = 0.05  # seconds between two looks whether to go on waiting
PROMPTS = "prompts.json"  # what a session is kept as


class Fake(Agent):
    """The agent `fake`."""

    name = "fake"
    about = "For tests and for trying out: does what [[directives]] in its prompt say"
    tried = "any"
    asks = True
    confined = True

    def check(self, settings: Mapping[str, Any]) -> Availability:
        return Availability(version="1")

    def start(self, turn: Turn) -> Run:
        return FakeRun(turn)

    def has_session(self, session: str, turn: Turn) -> bool:
        return _is_id(session) and _file(turn, session).exists()

    def export_session(self, session: str, turn: Turn) -> Files:
        here = self.has_session(session, turn)
        return {PROMPTS: _file(turn, session).read_bytes()} if here else {}

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        if not _is_id(session) or PROMPTS not in files:
            return None
        file = _file(turn, session)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(files[PROMPTS])
        return session

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        return self.import_session(secrets.token_hex(8), files, turn)


def _is_id(session: str) -> bool:
    """Whether a session may be one of ours: its name may come from anywhere."""
    return re.fullmatch("[0-9a-f]{16}", session) is not None


def _file(turn: Turn, session: str) -> Path:
    home = Path(turn.env.get("HOME") or "~").expanduser()
    return home / ".git-phc-fake" / f"{session}.json"


class FakeRun(Run):
    """One turn of it, in a thread of the supervisor."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._cancelled = threading.Event()
        self._answers: queue.Queue[tuple[str, Answer]] = queue.Queue()
        self._always = False
        self._process: subprocess.Popen[bytes] | None = None
        self.level = str(turn.settings.get("autonomy"))

    def records(self) -> Iterator[Record]:
        session = self._turn.session or secrets.token_hex(8)
        yield {"kind": "session", "session": session}
        known = self._remember(session)
        for number, (verb, rest) in enumerate(DIRECTIVE.findall(self._turn.prompt)):
            act = getattr(self, f"_do_{verb}", None)
            if act is None:
                yield {"kind": "error", "text": f"there is no directive {verb}"}
                continue
            yield from act(str(number), " | ".join(known) if verb == "recall" else rest)
            if self._cancelled.is_set():
                yield done("cancelled")
                return
            if verb == "fail":
                yield done("failed", rest)
                return
        yield done("ok")

    def cancel(self) -> None:
        self._cancelled.set()
        if self._process:
            end_group(self._process)
        sweep(self._turn.env[MARKER])

    def answer(self, ask: str, answer: Answer) -> None:
        self._answers.put((ask, answer))

    def set_autonomy(self, level: str) -> bool:
        self.level = level
        return True

    def _remember(self, session: str) -> list[str]:
        """The earlier prompts; this one is known from now on."""
        file = _file(self._turn, session)
        file.parent.mkdir(parents=True, exist_ok=True)
        known: list[str] = json.loads(file.read_text()) if file.exists() else []
        file.write_text(json.dumps([*known, self._turn.prompt]))
        return known

    # What it can do

    def _do_say(self, number: str, text: str) -> Iterator[Record]:
        yield {"kind": "text", "stream": "agent", "text": f"{text}\n"}

    _do_recall = _do_say

    def _do_think(self, number: str, text: str) -> Iterator[Record]:
        yield {"kind": "thought", "text": f"{text}\n"}

    def _do_sleep(self, number: str, seconds: str) -> Iterator[Record]:
        self._cancelled.wait(float(seconds))
        yield from ()

    def _do_fail(self, number: str, text: str) -> Iterator[Record]:
        yield {"kind": "error", "text": text}

    def _do_raise(self, number: str, text: str) -> Iterator[Record]:
        yield from ()
        raise RuntimeError(text)

    def _do_use(self, number: str, numbers: str) -> Iterator[Record]:
        given, made, *money = numbers.split()
        usd = float(money[0]) if money else None
        yield {"kind": "usage", "input": int(given), "output": int(made), "cached": 0, "usd": usd}

    def _do_write(self, number: str, words: str) -> Iterator[Record]:
        name, _, text = words.partition("|")
        tool = {"kind": "tool", "id": number, "title": f"Write {name}", "tool": "edit"}
        diff = f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+{text}\n"
        answer = yield from self._permit(number, f"Write {name}", "edit", paths=[name], diff=diff)
        if not answer:
            yield {**tool, "status": "failed" if self._cancelled.is_set() else "denied"}
            return
        self._write(name, f"{text}\n")
        yield {**tool, "status": "ok", "path": name}
        yield {"kind": "edit", "path": name, "diff": diff}

    def _write(self, name: str, text: str) -> None:
        """By a program, so that a sandbox has its say."""
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
        process = spawn_group(
            ["/bin/sh", "-c", script, "sh", name], cwd=self._turn.cwd, env=self._turn.env,
            stdin=subprocess.PIPE, within=self._turn.within,
        )  # fmt: skip
        process.communicate(text.encode())

    def _do_run(self, number: str, command: str) -> Iterator[Record]:
        tool = {"kind": "tool", "id": number, "title": command, "tool": "execute"}
        answer = yield from self._permit(number, f"Run {command}", "execute", command=command)
        if not answer:
            yield {**tool, "status": "denied", "command": command}
            return
        yield {**tool, "status": "running", "command": command}
        self._process = spawn_group(
            ["/bin/sh", "-c", f"{command} 2>&1"],
            cwd=self._turn.cwd,
            env=self._turn.env,
            stdin=subprocess.DEVNULL,
            within=self._turn.within,
        )
        output = self._process.communicate()[0].decode(errors="replace")
        code, self._process = self._process.returncode, None
        status = "ok" if code == 0 else "failed"
        yield {**tool, "status": status, "command": command, "output": output, "exit_code": code}

    def _do_plan(self, number: str, text: str) -> Iterator[Record]:
        ask = {"question": "plan", "title": "Is this plan good?", "text": text, "options": OPTIONS}
        yield from self._ask(number, ask)

    def _do_choose(self, number: str, words: str) -> Iterator[Record]:
        text, *names = words.split("|")
        options = [option(name, name, "other") for name in names]
        answer = yield from self._ask(
            number, {"question": "choice", "title": text, "options": options}
        )
        if answer:
            yield from self._do_say(number, f"Chosen: {answer.option or answer.text}")

    def _do_ask(self, number: str, text: str) -> Iterator[Record]:
        answer = yield from self._ask(number, {"question": "choice", "title": text, "options": []})
        if answer:
            yield from self._do_say(number, f"Told: {answer.text}")

    def _permit(self, number: str, title: str, tool: str, **more: object) -> Any:
        if self._always:
            return True
        ask = {"question": "permission", "title": title, "tool": tool, "options": OPTIONS, **more}
        answer = yield from self._ask(number, ask)
        option_id = answer.option if answer else None
        self._always = option_id == "always"
        return option_id in PERMITTED

    def _ask(self, number: str, ask: Mapping[str, Any]) -> Any:
        yield {"kind": "ask", "ask": number, **ask}
        while not self._cancelled.is_set():
            try:
                to, answer = self._answers.get(timeout=TICK)
            except queue.Empty:
                continue
            if to == number:
                return answer
        return None


@hook
def phc_agents() -> Sequence[Agent]:
    """The agent `fake`."""
    return [Fake()]
