"""Where what an agent asks is answered: by the task's autonomy, or by people on its ref.

Nothing is allowed that the level does not say, and nothing is answered by itself: what people
are asked stands on the ref as an event, and the agent waits until another one answers it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from git_phc.errors import PhcError
from git_phc.host.redact import Redact
from git_phc.model import decide
from git_phc.model.autonomy import (
    PERMISSIVE,
    REFUSING,
    after_plan,
    kind_of,
    option_for,
    verdict,
)
from git_phc.model.codec import Json
from git_phc.model.events.answered import withdraws
from git_phc.model.events.asked import COMMAND, KINDS, MOST, QUESTIONS, Asked
from git_phc.model.events.edited import Edited
from git_phc.model.ids import EventId
from git_phc.model.state import State, place_of
from git_phc.model.task import Task
from git_phc.model.text import Text, clean, encodable, shorten, text_from_string
from git_phc.plugins.protocols import Answer, Run
from git_phc.plugins.records import TOOLS, Record
from git_phc.services.actors import Counts
from git_phc.store.tasks import Decide

Append = Callable[[Decide, Mapping[str, bytes]], Task]
TITLE = 300  # characters of what is asked


class Given(Struct, frozen=True):
    """An answer on the ref to a question of a run: what was asked, and what was said."""

    asked: Mapping[str, Json]
    option: str | None
    text: str | None
    who: str

    @property
    def event(self) -> EventId:
        """The event that asked: an agent may call questions of two turns by one name."""
        return EventId(str(self.asked["id"]))

    @property
    def kind(self) -> str | None:
        return kind_of(self.asked, self.option)

    @property
    def name(self) -> str | None:
        """The option's name: its id may be a number, or be another's the next time."""
        return next(
            (str(o["name"]) for o in options_of(self.asked) if o["id"] == self.option), None
        )


def given_answers(
    state: State, claim: str, whole: Callable[[Text], str], counts: Counts, *, unused: bool
) -> list[Given]:
    """The answers to what that run asked, oldest first; of those who count here.

    With `unused` only those that it has not used: a run that has used one says so, by its
    status, and what is younger than that was not used.
    """
    asks = state.logs.get("asks", {})
    found = []
    for item in state.ordered("answers"):
        asked = asks.get(EventId(str(item.get("ask"))))
        if asked is None or asked.get("claim") != claim or not counts(item) or withdraws(item):
            continue
        if unused and place_of(item) < place_of(state.runs[EventId(claim)].parts["status"]):
            continue
        option = None if item.get("option") is None else str(item["option"])
        text = whole(Text.parse(item["text"])) if item.get("text") is not None else None
        found.append(Given(asked, option, text, str(item["who"])))
    return found


class Desk:
    """The questions of one turn.

    Attributes:
        open: the records that wait for people, by the events that ask.
    """

    def __init__(
        self,
        run: Run,
        cwd: Path,
        *,
        append: Append,
        write: Callable[[Record], None],
        redact: Redact,
        carried: Sequence[Given] = (),
    ) -> None:
        self.open: dict[EventId, Record] = {}
        self._run, self._cwd = run, cwd
        self._append, self._write, self._redact = append, write, redact
        self._carried = list(carried)
        self._level: str | None = None

    def ask(self, record: Record, claim: EventId, level: str) -> None:
        """Takes in an `ask` record: answers it where the level does, and what the level leaves
        to people where one has answered when nobody worked; else puts it on the ref.
        """
        judged = verdict(level, record, inside=self._is_inside(record))
        if judged != "ask" and (
            option := option_for(record, PERMISSIVE if judged == "allow" else REFUSING)
        ):
            self._answer(record, Answer(option), "autonomy")
        elif found := self._already(record):
            self._answer(record, *found)
        else:
            asked, texts = self._event(record, claim)
            task = self._append(lambda task: decide.ask(task, asked), texts)
            self.open[EventId(str(task.body["last"]["id"]))] = record

    def settle(self, answers: Sequence[Given], claim: EventId) -> None:
        """Passes on what was answered on the ref."""
        for given in answers:
            record = self.open.pop(given.event, None)
            if record is None:
                continue
            answer = _fitting(given, record, self._fields(record)["options"])
            if self._answer(record, answer or Answer(given.option, given.text), given.who):
                self._approved(record, given)
        self._append(lambda task: decide.go_on(task, claim), {})

    def withdraw(self, claim: EventId, ask: str | None = None) -> None:
        """The agent does not wait for the answer to this any more; to nothing, where it is None."""
        gone = [id for id, one in self.open.items() if ask in (None, str(one.get("ask")))]
        for id in gone:
            del self.open[id]
            self._append(partial(decide.withdraw, claim=claim, ask=id), {})
        if gone:
            self._append(lambda task: decide.go_on(task, claim), {})

    @property
    def title(self) -> str:
        """What is waited for, in one line: the first question."""
        return next((str(self._fields(record)["title"]) for record in self.open.values()), "")

    def use_level(self, level: str) -> None:
        """Tells the agent when the task's autonomy is another one than before."""
        if self._level is not None and level != self._level and not self._run.set_autonomy(level):
            self._note(f"autonomy is now {level}; the agent itself hears of it with its next turn")
        self._level = level

    def _approved(self, record: Record, given: Given) -> None:
        """With an approved plan, planning is over: what follows asks, or may edit."""
        level = after_plan(given.kind)
        if record.get("question") != "plan" or level is None:
            return
        self._append(
            lambda task: [Edited({"autonomy": level})] if task.cell("autonomy") == "plan" else [],
            {},
        )

    def _answer(self, record: Record, answer: Answer, by: str) -> bool:
        """Passes an answer on; whether the agent took it: it may wait for it no more."""
        ask = str(record.get("ask"))
        try:
            self._run.answer(ask, answer)
        except PhcError as error:
            self._note(f"an answer came too late: {error.message}")
            return False
        said = {"ask": ask, "option": answer.option, "text": answer.text, "by": by}
        self._write({"kind": "answered", "title": record.get("title"), **said})
        return True

    def _already(self, record: Record) -> tuple[Answer, str] | None:
        """The answer that was given to the same question of the run before, where it fits, and who
        gave it; it counts once.
        """
        now = self._fields(record)
        for given in [one for one in self._carried if _alike(one.asked) == _alike(now)]:
            self._carried.remove(given)
            if answer := _fitting(given, record, now["options"]):
                return answer, given.who
        return None

    def _is_inside(self, record: Record) -> bool:
        """Whether it names what it touches, and all of that is in the workspace."""
        paths = [str(path) for path in record.get("paths") or ()]
        return bool(paths) and all(_is_within(path, self._cwd) for path in paths)

    def _event(self, record: Record, claim: EventId) -> tuple[Asked, Mapping[str, bytes]]:
        fields = self._fields(record)
        said = "\n".join(str(record[name]) for name in ("text", "diff") if record.get(name))
        text, texts = text_from_string(self._redact(said)) if said else (None, {})
        return Asked(claim, text=text, **fields), texts

    def _fields(self, record: Record) -> dict[str, Any]:
        """The record as the event holds it: short, clean, nothing secret in it."""

        def line(value: object, longest: int) -> str:
            return shorten(clean(self._redact(str(value))), longest)

        question, tool = record.get("question"), record.get("tool")
        command = record.get("command")
        return {
            "ask": encodable(str(record.get("ask")))[:1000],
            "question": question if question in QUESTIONS else "choice",
            "title": line(record.get("title") or "it asks for something", TITLE),
            "tool": tool if tool in TOOLS else ("other" if question == "permission" else None),
            "command": self._redact(encodable(str(command)))[:COMMAND] if command else None,
            "paths": tuple(line(path, 1000) for path in (record.get("paths") or ())[:MOST]),
            "options": tuple(
                {
                    "id": encodable(str(one.get("id")))[:1000],
                    "name": line(one.get("name") or one.get("id"), 200),
                    "kind": one.get("kind") if one.get("kind") in KINDS else "other",
                }
                for one in options_of(record)[:MOST]
            ),
        }

    def _note(self, text: str) -> None:
        self._write({"kind": "note", "text": text})


def _alike(asked: Mapping[str, Any]) -> list[Any]:
    """What makes two questions the same one."""
    names = ("question", "tool", "title", "command")
    return [*(asked.get(name) for name in names), *(asked.get("paths") or ())]


def options_of(asked: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What can be answered, of a record or an event."""
    return [one for one in asked.get("options") or () if isinstance(one, Mapping)]


def _fitting(given: Given, record: Record, shown: Sequence[Mapping[str, Json]]) -> Answer | None:
    """An answer as the agent must be given it that asks again, None where it has no such option.

    Options are told apart by their names, as they are `shown`, and by ids where names are alike.
    What a permission's are called may change, and its kind says the same.
    """
    if given.option is None:
        return Answer(None, given.text)
    named = [at for at, one in enumerate(shown) if one["name"] == given.name]
    at = next((at for at in named if shown[at]["id"] == given.option), named[0] if named else None)
    if at is not None:
        return Answer(str(options_of(record)[at].get("id")), given.text)
    if record.get("question") == "permission" and given.kind in (*PERMISSIVE, *REFUSING):
        option = option_for(record, (given.kind,))
        return Answer(option, given.text) if option else None
    return None


def _is_within(path: str, folder: Path) -> bool:
    """Whether a path, relative ones seen from the folder, is in it, links resolved; what git
    keeps there for itself is not the workspace's.
    """
    root = os.path.realpath(folder)
    try:
        real = os.path.realpath(os.path.join(root, path))
    except ValueError:  # no file can be called so
        return False
    if not real.startswith(root.rstrip(os.sep) + os.sep):
        return False
    return ".git" not in Path(os.path.relpath(real, root)).parts
