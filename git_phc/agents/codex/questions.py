"""What codex asks, as `ask` records, and the answers as it wants them. Pure.

A question is put to whoever answers as it is: nothing is decided here. What cannot be put (a
form of an MCP server with fields to fill in) is told to codex as an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from git_phc.agents.codex.items import diff_of, script, touched
from git_phc.plugins.protocols import Answer
from git_phc.plugins.records import Record, option

Json = Mapping[str, Any]

ONCE = option("accept", "Allow", "allow_once")
ALWAYS = option("acceptForSession", "Allow, also later in this turn", "allow_always")
NO = option("decline", "Deny", "reject_once")
PLAN = "plan"  # not codex's: it leaves it to us to ask whether a plan is good
PLAN_OPTIONS = (
    option(ONCE["id"], "Yes, and ask before what follows", "allow_once"),
    option(ALWAYS["id"], "Yes, and edit without asking", "allow_always"),
    option(NO["id"], "No, keep planning", "reject_once"),
)


class Question(Struct, frozen=True):
    """A request of codex's: the records that ask, one after the other, and what it is about."""

    request: Any
    method: str
    params: Json
    asks: Sequence[Record] = field(default_factory=tuple)

    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """The request's result; `answers` are those to `asks`, in their order."""
        chosen = answers[0].option if answers else None
        if self.method.endswith("requestUserInput"):
            return {"answers": dict(zip(self._questions(), map(_words, answers), strict=True))}
        if self.method.startswith("mcpServer"):
            yes = chosen == ONCE["id"]
            return {"action": "accept" if yes else "decline", "content": {} if yes else None}
        if self.method.startswith("item/permissions"):
            wanted = self.params.get("permissions") or {}
            given = {k: v for k, v in wanted.items() if v} if chosen == ONCE["id"] else {}
            return {"permissions": given, "scope": "turn"}
        known = (ONCE["id"], ALWAYS["id"])
        return {"decision": chosen if chosen in known else NO["id"]}

    def refuses(self, answer: Answer) -> bool:
        """Whether this answer is a no, for which codex takes no reason."""
        wants_words = self.method.endswith("requestUserInput")
        return not wants_words and answer.option not in (ONCE["id"], ALWAYS["id"])

    def _questions(self) -> list[str]:
        return [str(each.get("id")) for each in self.params.get("questions") or ()]


def _words(answer: Answer) -> dict[str, list[str]]:
    said = answer.text or answer.option
    return {"answers": [said] if said else []}


def question(message: Json, changes: Sequence[Json], cwd: str) -> Question | None:
    """A request as a question; None for one that cannot be put to anybody.

    `changes` are those of the patch that is asked about, which stand in an earlier message.
    """
    method, params = str(message.get("method")), message.get("params") or {}
    # Numbers of requests begin anew with each turn; items have names of their own.
    name = f"{params.get('itemId') or params.get('turnId') or method}/{message.get('id')}"
    asks: list[dict[str, Any]]
    if method == "item/commandExecution/requestApproval":
        asks = [_command(params)]
    elif method == "item/fileChange/requestApproval":
        asks = [_patch(params, changes, cwd)]
    elif method == "item/permissions/requestApproval":
        asks = [_permissions(params)]
    elif method == "item/tool/requestUserInput":
        asks = [_choice(each) for each in params.get("questions") or ()]
    elif method == "mcpServer/elicitation/request" and not _fields(params):
        asks = [_elicitation(params)]
    else:
        asks = []
    named = [{"kind": "ask", "ask": f"{name}/{n}", **ask} for n, ask in enumerate(asks)]
    return Question(message.get("id"), method, params, named) if named else None


def plan_question(turn: str, text: str) -> Question:
    """Whether the plan that a turn has ended with may be carried out."""
    asked = {"kind": "ask", "ask": f"{turn}/plan", "question": "plan", "options": [*PLAN_OPTIONS]}
    return Question(
        None, PLAN, {}, [{**asked, "title": "May I begin with this plan?", "text": text}]
    )


def _permission(tool: str, title: str, *options: Mapping[str, str]) -> dict[str, Any]:
    what = {"question": "permission", "title": title, "tool": tool}
    return {**what, "options": list(options)}


def _command(params: Json) -> dict[str, Any]:
    offered = params.get("availableDecisions") or ()
    options = (ONCE, ALWAYS, NO) if ALWAYS["id"] in offered else (ONCE, NO)
    command = script(params.get("command"))
    title = command.partition("\n")[0] or str(params.get("reason") or "go on")
    asked = {**_permission("execute", title, *options), "command": command}
    if host := (params.get("networkApprovalContext") or {}).get("host"):
        _with_reason(asked, f"it would reach {host}")
    return _with_reason(asked, params.get("reason"))


def _patch(params: Json, changes: Sequence[Json], cwd: str) -> dict[str, Any]:
    paths = touched(changes, cwd)
    title = f"edit {', '.join(paths)}" if paths else "edit files"
    # Where the files are not known, this is not known to be an edit of the workspace.
    asked = _permission("edit" if paths else "other", title, ONCE, ALWAYS, NO)
    asked["paths"] = paths
    asked["diff"] = "".join(_diff(change, cwd) for change in changes)
    if root := params.get("grantRoot"):
        asked["tool"] = "other"
        return _with_reason(asked, f"all below {root} may be written from then on")
    return _with_reason(asked, params.get("reason"))


def _diff(change: Json, cwd: str) -> str:
    ends = touched([change], cwd) or ["a file"]
    return f"--- {ends[0]}\n+++ {ends[-1]}\n{diff_of(change)}"


def _permissions(params: Json) -> dict[str, Any]:
    asked = _permission("other", "more permissions for this turn", ONCE, NO)
    asked["text"] = json.dumps(params.get("permissions"), indent=2)
    return _with_reason(asked, params.get("reason"))


def _choice(each: Json) -> dict[str, Any]:
    options = [
        option(str(one.get("label")), str(one.get("label")), "other")
        for one in each.get("options") or ()
    ]
    more = [f"{one.get('label')}: {one.get('description')}" for one in each.get("options") or ()]
    asked = {"question": "choice", "title": str(each.get("question")), "options": options}
    return _with_reason(asked, "\n".join(more))


def _elicitation(params: Json) -> dict[str, Any]:
    title = str(params.get("message") or f"{params.get('serverName')} asks")
    return _with_reason(_permission("other", title, ONCE, NO), params.get("url"))


def _fields(params: Json) -> Sequence[str]:
    """What must be filled in, and cannot be here."""
    schema = params.get("requestedSchema")
    return tuple(schema.get("required") or ()) if isinstance(schema, dict) else ()


def _with_reason(asked: dict[str, Any], reason: object) -> dict[str, Any]:
    if reason:
        asked["text"] = "\n".join(str(part) for part in (asked.get("text"), reason) if part)
    return asked
