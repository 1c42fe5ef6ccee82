"""What codex says, as records, and what is said to it: tables, and programs that misbehave."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from git_phc.agents.codex import Codex
from git_phc.agents.codex.dialogue import Dialogue
from git_phc.agents.codex.items import LONGEST, Told, clipped, item_records, relative, script
from git_phc.agents.codex.levels import can_change, conversation
from git_phc.agents.codex.questions import question
from git_phc.agents.codex.sessions import take_in
from git_phc.plugins.protocols import Answer
from tests.agents.playing import final, turn_for

Json = dict[str, Any]

COMMAND = {"type": "commandExecution", "id": "c", "command": "/bin/bash -lc 'make \"it\"'"}
RAN = {**COMMAND, "status": "failed", "aggregatedOutput": "no\n", "exitCode": 2}
ADD = {"path": "/w/new", "kind": {"type": "add"}, "diff": "a\nb"}
CHANGE = {"path": "/w/old", "kind": {"type": "update", "move_path": None}, "diff": "@@ -1 +1 @@\n"}
DELETE = {"path": "/other", "kind": {"type": "delete"}, "diff": "a\n"}
PATCH = {"type": "fileChange", "id": "p", "changes": [ADD, CHANGE, DELETE]}


def tool(id: str, title: str, kind: str, status: str, **more: Any) -> Json:
    return {"kind": "tool", "id": id, "title": title, "tool": kind, "status": status, **more}


@pytest.mark.parametrize(
    ("item", "over", "records"),
    [
        ({"type": "userMessage", "id": "u"}, True, []),
        ({"type": "agentMessage", "text": ""}, True, []),
        ({"type": "agentMessage", "text": "half"}, False, []),
        (
            {"type": "agentMessage", "text": "whole\n"},
            True,
            [{"kind": "text", "stream": "agent", "text": "whole\n"}],
        ),
        (
            {"type": "reasoning", "summary": ["a", "b"]},
            True,
            [{"kind": "thought", "text": "a\nb\n"}],
        ),
        (
            {**COMMAND, "status": "inProgress"},
            False,
            [tool("c", 'make "it"', "execute", "running", command='make "it"')],
        ),
        (
            RAN,
            True,
            [
                tool(
                    "c", 'make "it"', "execute", "failed",
                    command='make "it"', output="no\n", exit_code=2,
                )
            ],
        ),
        (
            {**PATCH, "status": "declined"},
            True,
            [tool("p", "edit new, old, /other", "edit", "denied")],
        ),
        (
            {**PATCH, "status": "completed"},
            True,
            [
                tool("p", "edit new, old, /other", "edit", "ok"),
                {"kind": "edit", "path": "new", "diff": "@@ -0,0 +1,2 @@\n+a\n+b\n"},
                {"kind": "edit", "path": "old", "diff": "@@ -1 +1 @@\n"},
                {"kind": "edit", "path": "/other", "diff": "@@ -1,1 +0,0 @@\n-a\n"},
            ],
        ),
        (
            {"type": "mcpToolCall", "id": "m", "server": "s", "tool": "t", "status": "completed"},
            True,
            [tool("m", "s: t", "other", "ok")],
        ),
        (
            {"type": "webSearch", "id": "w", "query": "q"},
            True,
            [tool("w", "the web: q", "fetch", "ok")],
        ),
    ],
)  # fmt: skip
def test_items(item: Json, over: bool, records: list[Json]) -> None:
    assert list(item_records(Told(item, "/w", over))) == records


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("/bin/bash -lc 'a b'", "a b"),
        ("sh -c x", "x"),
        ("bash -lc a b", "bash -lc a b"),
        ("echo 'unbalanced", "echo 'unbalanced"),
        (None, ""),
    ],
)
def test_what_the_shell_is_told(command: str | None, found: str) -> None:
    assert script(command) == found


def test_paths_outside_keep_their_whole_name() -> None:
    paths = ("/w/a/b", "/w/../x", "/ww/a", "a")
    assert [relative(path, "/w") for path in paths] == ["a/b", "/w/../x", "/ww/a", "a"]


def test_a_long_output_loses_its_middle() -> None:
    text = clipped("a" * LONGEST + "b" * LONGEST)
    assert f"… {LONGEST} characters …" in text
    assert (text[0], text[-1]) == ("a", "b")


def asked(method: str, *changes: Json, **params: Any) -> Any:
    message = {"id": 7, "method": method, "params": {"itemId": "i", **params}}
    return question(message, changes, "/w")


@pytest.mark.parametrize(
    ("method", "params", "results"),
    [
        (
            "item/commandExecution/requestApproval",
            {"command": "x"},
            {
                "accept": {"decision": "accept"},
                "decline": {"decision": "decline"},
                None: {"decision": "decline"},
            },
        ),
        (
            "item/permissions/requestApproval",
            {"permissions": {"network": {"enabled": True}, "fileSystem": None}},
            {
                "accept": {"permissions": {"network": {"enabled": True}}, "scope": "turn"},
                "decline": {"permissions": {}, "scope": "turn"},
            },
        ),
        (
            "mcpServer/elicitation/request",
            {"mode": "form", "message": "Run it?", "requestedSchema": {"properties": {}}},
            {
                "accept": {"action": "accept", "content": {}},
                "decline": {"action": "decline", "content": None},
            },
        ),
        (
            "item/tool/requestUserInput",
            {"questions": [{"id": "q", "question": "?", "options": None}]},
            {
                "yes": {"answers": {"q": {"answers": ["yes"]}}},
                None: {"answers": {"q": {"answers": []}}},
            },
        ),
    ],
)
def test_answers(method: str, params: Json, results: Mapping[str | None, Json]) -> None:
    found = asked(method, **params)
    assert {chosen: found.result([Answer(chosen)]) for chosen in results} == results


@pytest.mark.parametrize(
    ("method", "params", "answer", "words"),
    [
        ("item/commandExecution/requestApproval", {"command": "x"}, Answer(None, "no"), ["no"]),
        ("item/commandExecution/requestApproval", {}, Answer("decline", "no"), ["no"]),
        ("item/commandExecution/requestApproval", {}, Answer("decline"), []),
        ("item/commandExecution/requestApproval", {}, Answer("accept", "but"), []),
        ("item/fileChange/requestApproval", {}, Answer(None, "no"), ["no"]),
        ("item/permissions/requestApproval", {}, Answer(None, "no"), ["no"]),
        ("mcpServer/elicitation/request", {}, Answer(None, "no"), ["no"]),
        (
            "item/tool/requestUserInput",
            {"questions": [{"id": "q", "question": "?"}]},
            *(Answer(None, "no"), []),
        ),
    ],
)
def test_what_is_said_beside_a_refusal_is_what_it_goes_on_with(
    method: str, params: Json, answer: Answer, words: list[str], tmp_path: Path
) -> None:
    said: list[Any] = []
    dialogue = Dialogue(turn_for(tmp_path, "x"), said.append)
    (ask,) = dialogue.hear({"id": 7, "method": method, "params": params})
    dialogue.answer(str(ask["ask"]), answer)
    assert said[0]["id"] == 7
    steered = [one["params"]["input"] for one in said[1:] if one["method"] == "turn/steer"]
    assert steered == [[{"type": "text", "text": word}] for word in words]


def test_a_question_that_codex_settles_itself_is_withdrawn(tmp_path: Path) -> None:
    said: list[Any] = []
    dialogue = Dialogue(turn_for(tmp_path, "x"), said.append)
    questions = [{"id": "q", "question": "?"}, {"id": "r", "question": "!"}]
    method = "item/tool/requestUserInput"
    asks = list(dialogue.hear({"id": 7, "method": method, "params": {"questions": questions}}))
    dialogue.answer(str(asks[0]["ask"]), Answer("yes"))
    settled = {"method": "serverRequest/resolved", "params": {"requestId": 7}}
    assert list(dialogue.hear(settled)) == [{"kind": "withdrawn", "ask": asks[1]["ask"]}]
    assert list(dialogue.hear(settled)) == []
    assert said == []


def test_what_is_asked_is_told_with_its_options() -> None:
    method = "item/commandExecution/requestApproval"
    found = asked(
        method, command="bash -lc 'a\nb'", availableDecisions=["accept", "acceptForSession"]
    )
    (ask,) = found.asks
    assert (ask["ask"], ask["title"], ask["command"]) == ("i/7/0", "a", "a\nb")
    kinds = [option["kind"] for option in ask["options"]]
    assert kinds == ["allow_once", "allow_always", "reject_once"]


@pytest.mark.parametrize(
    ("changes", "root", "kind"),
    [((ADD,), None, "edit"), ((), None, "other"), ((ADD,), "/", "other")],
)
def test_a_patch_of_what_is_not_known_is_no_edit(changes: Any, root: str | None, kind: str) -> None:
    found = asked("item/fileChange/requestApproval", *changes, grantRoot=root)
    assert found.asks[0]["tool"] == kind


def test_what_a_command_would_reach_is_told() -> None:
    method, context = "item/commandExecution/requestApproval", {"host": "a.example"}
    (ask,) = asked(method, command="x", reason="why", networkApprovalContext=context).asks
    assert ask["text"] == "it would reach a.example\nwhy"


def test_where_a_file_would_be_moved_is_told() -> None:
    kind = {"type": "update", "move_path": "/out/b"}
    found = asked("item/fileChange/requestApproval", {"path": "/w/a", "kind": kind, "diff": "x\n"})
    (ask,) = found.asks
    assert (ask["paths"], ask["diff"]) == (["a", "/out/b"], "--- a\n+++ /out/b\nx\n")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("item/tool/call", {}),
        ("mcpServer/elicitation/request", {"requestedSchema": {"required": ["name"]}}),
    ],
)
def test_what_cannot_be_put_is_no_question(method: str, params: Json, tmp_path: Path) -> None:
    said: list[Any] = []
    dialogue = Dialogue(turn_for(tmp_path, "x"), said.append)
    message = {"id": 3, "method": method, "params": params}
    assert [record["kind"] for record in dialogue.hear(message)] == ["error"]
    assert said[0]["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("began", "to", "can"),
    [
        ("plan", "ask", True),
        ("plan", "accept-edits", True),
        ("ask", "accept-edits", True),
        ("accept-edits", "ask", True),
        ("auto", "auto", True),
        ("plan", "auto", False),
        ("ask", "plan", False),
        ("auto", "ask", False),
        ("bypass", "ask", False),
    ],
)
def test_what_may_change_in_mid_turn(began: str, to: str, can: bool) -> None:
    assert can_change(began, to) is can


@pytest.mark.parametrize(
    ("autonomy", "sandbox", "policy"),
    [
        ("plan", None, "on-request"),
        ("ask", "read-only", "on-request"),
        ("accept-edits", "read-only", "on-request"),
        ("auto", "workspace-write", "on-request"),
        ("bypass", "danger-full-access", "never"),
        ("what", "read-only", "on-request"),
        (None, "read-only", "on-request"),
    ],
)
def test_levels(autonomy: str | None, sandbox: str | None, policy: str, tmp_path: Path) -> None:
    method, told = conversation(turn_for(tmp_path, "x", autonomy=autonomy, model="m"))
    assert method == "thread/start"
    assert (told.get("sandbox"), told["approvalPolicy"]) == (sandbox, policy)
    assert (told["approvalsReviewer"], told["model"]) == ("user", "m")
    assert ("permissions" in told["config"]) == (autonomy == "plan")


KEPT = {
    "sandbox": {"type": "readOnly"},
    "approvalPolicy": "on-request",
    "approvalsReviewer": "user",
}
PLANNING = {**KEPT, "activePermissionProfile": {"id": "git-phc-plan"}}


@pytest.mark.parametrize(
    ("autonomy", "opened", "kept"),
    [
        ("plan", PLANNING, True),
        ("plan", KEPT, False),
        ("ask", KEPT, True),
        ("ask", {}, False),
        ("ask", {**KEPT, "sandbox": {"type": "workspaceWrite"}}, False),
        ("ask", {**KEPT, "approvalPolicy": "never"}, False),
        ("ask", {**KEPT, "approvalsReviewer": "auto_review"}, False),
        ("accept-edits", {**KEPT, "sandbox": {"type": "dangerFullAccess"}}, False),
        ("auto", {**KEPT, "sandbox": {"type": "workspaceWrite"}}, True),
        ("auto", {**KEPT, "sandbox": {"type": "dangerFullAccess"}}, False),
        ("bypass", {}, True),
    ],
)
def test_what_codex_says_it_does_is_looked_at(
    autonomy: str, opened: Json, kept: bool, tmp_path: Path
) -> None:
    said: list[Any] = []
    dialogue = Dialogue(turn_for(tmp_path, "x", autonomy=autonomy), said.append)
    list(dialogue.hear({"id": 2, "result": {"thread": {"id": "t"}, **opened}}))
    assert [each["method"] for each in said] == (["turn/start"] if kept else [])
    assert (dialogue.outcome is None) is kept


@pytest.mark.parametrize(
    ("session", "name"),
    [
        ("x", "sessions/2026/01/02/rollout-x.jsonl"),
        ("01a2053e-5aba-7d00-ba5c-055c65eb5fb0", "../01a2053e-5aba-7d00-ba5c-055c65eb5fb0.jsonl"),
        ("01a2053e-5aba-7d00-ba5c-055c65eb5fb0", "sessions/2026/01/02/rollout-other.jsonl"),
    ],
)
def test_files_of_other_names_are_not_taken_in(session: str, name: str, tmp_path: Path) -> None:
    assert take_in(session, {name: b"{}"}, {"CODEX_HOME": str(tmp_path)}) is None
    assert take_in(session, {}, {"CODEX_HOME": str(tmp_path)}) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("sys.exit('no such thing')", "codex ended in the middle of the turn: no such thing"),
        ('print(\'{"id":1,"res\', flush=True)', "codex ended in the middle of the turn"),
        (
            'print(\'{"id":1,"error":{"message":"no"}}\', flush=True); sys.stdin.read()',
            "codex: no",
        ),
    ],
)
def test_a_program_that_ends_early(program: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "codex.py"
    path.write_text(f"import sys\nsys.stdin.readline()\n{program}\n")
    end = final(Codex(), turn_for(tmp_path, "x", command=f"{sys.executable} {path}"))
    assert (end["outcome"], end["reason"]) == ("failed", reason)
