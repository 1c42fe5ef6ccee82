"""The agent asks, and waits: may it do this, begin with that, or what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from git_phc.model.codec import Json, NotCanonical
from git_phc.model.events.body import Body, Fields, log_says, one_line, order, present
from git_phc.model.ids import EventId
from git_phc.model.runs import Run
from git_phc.model.state import Stamp, State
from git_phc.model.text import Text

QUESTIONS = ("permission", "plan", "choice")
KINDS = ("allow_once", "allow_always", "reject_once", "reject_always", "other")
COMMAND = 8000  # characters of a command that stand in the event; all of it is in the log
MOST = 50  # options, and paths


class Asked(Body, frozen=True):
    """What is asked, as it is shown to whoever answers.

    Attributes:
        ask: the agent's own name of the question, within the run.
        question: one of QUESTIONS.
        title: one line.
        tool: what kind of tool wants to be used, for a permission.
        paths: what it would touch.
        text: the diff, the plan, or more to read.
        options: `id`, `name` and `kind` (one of KINDS) of each answer; none: words are wanted.
    """

    claim: EventId
    ask: str
    question: str
    title: str
    tool: str | None = None
    command: str | None = None
    paths: tuple[str, ...] = ()
    text: Text | None = None
    options: Sequence[Mapping[str, Json]] = ()

    TYPE: ClassVar[str] = "asked"

    @classmethod
    def parse(cls, data: Fields) -> Self:
        question = data.text("question", 20)
        if question not in QUESTIONS:
            raise NotCanonical(f"nobody asks a {question!r}")
        return cls(
            data.event("claim"),
            data.text("ask"),
            question,
            data.text("title"),
            data.text_or_none("tool", 20),
            data.text_or_none("command", COMMAND),
            data.texts("paths", 4096),
            data.long_text_or_none("text"),
            tuple(_option(Fields(one)) for one in data.objects("options", MOST)),
        )

    def data(self) -> dict[str, Json]:
        return {"claim": self.claim, **self._question()}

    def _question(self) -> dict[str, Json]:
        return {
            "ask": self.ask,
            "question": self.question,
            "title": self.title,
            "tool": self.tool,
            "command": self.command,
            "paths": list(self.paths) or None,
            "text": self.text.json if self.text else None,
            "options": list(self.options) or None,
        }

    def says(self, stamp: Stamp, over: frozenset[EventId]) -> State:
        state = log_says("asks", {"claim": self.claim, **present(self._question())}, stamp)
        status = {"status": "waiting", "reason": self.title, **order(stamp)}
        state.runs[self.claim] = Run({"status": status})
        return state

    def subject(self) -> str:
        return one_line(f"waiting: {self.title}")


def _option(data: Fields) -> Mapping[str, Json]:
    kind = data.text("kind", 20)
    if kind not in KINDS:
        raise NotCanonical(f"an option cannot be {kind!r}")
    return {"id": data.text("id"), "name": data.text("name"), "kind": kind}


BODY = Asked
