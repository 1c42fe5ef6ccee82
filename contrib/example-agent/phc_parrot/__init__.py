"""An agent that repeats what it is told: all that a plugin for git phc needs, on one page.

It asks before it writes, as every agent should that can; it remembers; and it implements the
two other hooks, which work where `git config phc.plugins parrot` names this plugin.
"""

from __future__ import annotations

import json
import queue
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from git_phc.plugins import hook
from git_phc.plugins.protocols import Agent, Answer, Availability, Files, Run, Turn
from git_phc.plugins.records import Record, done, option

ASK = "may-i-write"
NOTES = "PARROT.md"


class Parrot(Agent):
    """The agent `parrot`."""

    name = "parrot"
    about = "Repeats what it is told, and writes it down"
    tried = "any"
    asks = True

    def check(self, settings: Mapping[str, Any]) -> Availability:
        """A parrot needs nothing; another agent would look for its program in `path`."""
        return Availability(version="1.0.0")

    def start(self, turn: Turn) -> Run:
        """Begins a turn. A real agent would start its program here, with `turn.env`."""
        return Repeating(turn)

    # It remembers. An agent that does not leaves these four out.

    def has_session(self, session: str, turn: Turn) -> bool:
        """Whether this machine has the conversation."""
        return _memory(turn, session).exists()

    def export_session(self, session: str, turn: Turn) -> Files:
        """What git phc keeps with the task, so that another machine can go on."""
        return {"heard.json": _memory(turn, session).read_bytes()}

    def import_session(self, session: str, files: Files, turn: Turn) -> str | None:
        """What another machine has kept."""
        memory = _memory(turn, session)
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_bytes(files["heard.json"])
        return session

    def fork_session(self, session: str, files: Files, turn: Turn) -> str | None:
        """The same as a conversation of its own, for a task that was rewound or forked."""
        return self.import_session(str(uuid.uuid4()), files, turn)


def _memory(turn: Turn, session: str) -> Path:
    return Path(turn.env["HOME"]) / ".parrot" / f"{session}.json"


class Repeating(Run):
    """One turn. `records` runs in one thread, `answer` and `cancel` come from another."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._answers: queue.Queue[Answer | None] = queue.Queue()

    def records(self) -> Iterator[Record]:
        """Says what it does, as it does it; `done` comes last, whatever happens."""
        session = self._turn.session or uuid.uuid4().hex
        yield {"kind": "session", "session": session}
        heard = self._listen(session)
        yield {"kind": "text", "stream": "agent", "text": f"{self._turn.prompt}!\n"}
        if len(heard) > 1:
            yield {"kind": "text", "stream": "agent", "text": f"Before: {heard[-2]}\n"}

        # It never decides: the user does, or the task's autonomy.
        yield self._question()
        answer = self._answers.get()
        if answer is None:
            yield done("cancelled")
            return
        tool = {"kind": "tool", "id": "1", "title": f"Write {NOTES}", "tool": "edit"}
        if answer.option == "yes":
            (self._turn.cwd / NOTES).write_text(f"{self._turn.prompt}\n", encoding="utf-8")
            yield {**tool, "status": "ok", "path": NOTES}
        else:
            yield {**tool, "status": "denied"}
        yield {"kind": "usage", "input": len(self._turn.prompt.split()), "output": 1, "cached": 0}
        yield done("ok")

    def cancel(self) -> None:
        """Ends the turn, from another thread."""
        self._answers.put(None)

    def answer(self, ask: str, answer: Answer) -> None:
        """The answer to the question of that name."""
        if ask == ASK:
            self._answers.put(answer)

    def _question(self) -> Record:
        return {
            "kind": "ask",
            "ask": ASK,
            "question": "permission",
            "title": f"Write {NOTES}",
            "tool": "edit",
            "paths": [NOTES],
            "diff": f"+{self._turn.prompt}\n",
            "options": [option("yes", "Allow", "allow_once"), option("no", "Deny", "reject_once")],
        }

    def _listen(self, session: str) -> list[str]:
        memory = _memory(self._turn, session)
        memory.parent.mkdir(parents=True, exist_ok=True)
        heard: list[str] = json.loads(memory.read_text()) if memory.exists() else []
        heard.append(self._turn.prompt)
        memory.write_text(json.dumps(heard))
        return heard


@hook
def phc_agents() -> Sequence[Agent]:
    """The agents that this plugin brings."""
    return [Parrot()]


@hook
def phc_redact(text: str) -> str | None:
    """A parrot never repeats where the biscuits are."""
    return text.replace("behind the sofa", "[a secret of the house]")


@hook
def phc_event(task: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Keeps a diary of its own: one line an event."""
    with (Path.home() / ".parrot-diary").open("a", encoding="utf-8") as diary:
        diary.write(f"{task['short']} {event['type']}\n")
