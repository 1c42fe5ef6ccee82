"""What claude asks (`can_use_tool`) as `ask` records, and our answers as it wants them.

A request is a permission, its plan, or one or more questions of its own; each of the questions is
a record, and claude gets its answer when all have theirs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from msgspec import Struct, field

from git_phc.agents.claude.levels import OWN_QUESTIONS
from git_phc.agents.claude.tools import inside, use, would_write
from git_phc.agents.shapes import mapping, mappings, text
from git_phc.plugins.protocols import Answer
from git_phc.plugins.records import Record, option

Json = dict[str, Any]

ALLOW, ALWAYS, DENY = "allow", "always", "deny"
_NO = "This was not allowed."
_NO_PLAN = "The plan was not approved. Stay in plan mode."
_NO_ANSWER = "Nobody answered the question."
# When its plan is approved, claude would go on as it sees fit; it shall go on asking.
_BEGIN = [{"type": "setMode", "mode": "default", "destination": "session"}]


class Request(Struct):
    """One thing that claude waits for."""

    id: str
    tool: str
    given: Mapping[str, Any]
    roots: Sequence[str]
    _answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def asks(self) -> list[str]:
        """The ids of its records."""
        questions = self._questions()
        return [f"{self.id}/{n}" for n in range(len(questions))] if questions else [self.id]

    @property
    def lasting(self) -> str:
        """What "always" means here: every edit in the workspace, this very command, else this
        tool, by its own name, in the workspace or at this path; "" where it means nothing.
        """
        if self.tool in OWN_QUESTIONS:
            return ""
        fields = use(self.tool, self.given, self.roots)
        if "path" in fields:  # with links resolved: one may lead out of the workspace
            real = os.path.realpath(os.path.join(self.roots[0], fields["path"]))
            path = PurePath(inside(real, self.roots))
            outside = path.is_absolute() or ".git" in path.parts
            name = "edit" if fields["tool"] == "edit" else self.tool
            return f"{name} {path if outside else 'in the workspace'}"
        return f"{self.tool} {fields.get('command', '')}"

    def records(self) -> Iterator[Record]:
        """What is asked."""
        if self.tool == "ExitPlanMode":
            yield self._plan()
        elif self._questions():
            yield from map(self._choice, self.asks, self._questions())
        else:
            yield self._permission()

    def take(self, ask: str, answer: Answer) -> Json | None:
        """Takes an answer; what to tell claude, or None while another is still wanted."""
        self._answers[ask] = answer
        if any(each not in self._answers for each in self.asks):
            return None
        if self._questions():
            return self._chosen()
        if answer.option not in (ALLOW, ALWAYS):
            no = _NO_PLAN if self.tool == "ExitPlanMode" else _NO
            return {"behavior": "deny", "message": answer.text or no}
        return self.allowed()

    def allowed(self) -> Json:
        """What tells claude to go on."""
        more: Json = {"updatedPermissions": _BEGIN} if self.tool == "ExitPlanMode" else {}
        return {"behavior": "allow", "updatedInput": dict(self.given), **more}

    def _permission(self) -> Record:
        fields = use(self.tool, self.given, self.roots)
        path = fields.pop("path", None)
        if path is not None:
            fields["paths"] = [path]
            if diff := would_write(self.given, path):
                fields["diff"] = diff
        what = "this command" if "command" in fields else self.tool
        if fields["tool"] == "edit":
            what = "edits in the workspace" if self.lasting.endswith(" in the workspace") else path
        options = [
            option(ALLOW, "Yes", "allow_once"),
            option(ALWAYS, f"Yes, and do not ask for {what} again", "allow_always"),
            option(DENY, "No", "reject_once"),
        ]
        return self._record(self.id, "permission", options, fields)

    def _plan(self) -> Record:
        options = [
            option(ALLOW, "Yes, and ask before what follows", "allow_once"),
            option(ALWAYS, "Yes, and edit without asking", "allow_always"),
            option(DENY, "No, keep planning", "reject_once"),
        ]
        more = {"title": "May I begin with this plan?", "text": text(self.given, "plan")}
        return self._record(self.id, "plan", options, more)

    def _choice(self, ask: str, question: Mapping[str, Any]) -> Record:
        choices = mappings(question, "options")
        options = [
            option(str(n), text(choice, "label"), "other") for n, choice in enumerate(choices, 1)
        ]
        about = [f"{text(c, 'label')}: {text(c, 'description')}" for c in choices]
        more = {"title": text(question, "question"), "text": "\n".join(about)}
        return self._record(ask, "choice", options, more)

    def _record(
        self, ask: str, question: str, options: list[dict[str, str]], more: Mapping[str, Any]
    ) -> Record:
        head = {"kind": "ask", "ask": ask, "question": question}
        raw = {"tool_name": self.tool, "input": dict(self.given)}
        return {**head, **more, "options": options, "raw": raw}

    def _questions(self) -> list[Mapping[str, Any]]:
        return mappings(self.given, "questions") if self.tool == "AskUserQuestion" else []

    def _chosen(self) -> Json:
        """Claude takes answers by the question's own words."""
        chosen: Json = {}
        for ask, question in zip(self.asks, self._questions(), strict=True):
            answer, choices = self._answers[ask], mappings(question, "options")
            labels = {str(n): text(choice, "label") for n, choice in enumerate(choices, 1)}
            words = [labels.get(answer.option or "", ""), answer.text or ""]
            if any(words):
                chosen[text(question, "question")] = ", ".join(filter(None, words))
        if not chosen:
            return {"behavior": "deny", "message": _NO_ANSWER}
        return {"behavior": "allow", "updatedInput": {**self.given, "answers": chosen}}


def request_from(event: Mapping[str, Any], roots: Sequence[str]) -> Request:
    """What a `can_use_tool` event asks."""
    request = mapping(event, "request")
    given = mapping(request, "input")
    return Request(text(event, "request_id"), text(request, "tool_name"), given, roots)
