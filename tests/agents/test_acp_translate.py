"""What agents say over ACP, as records: tables, with messages as real agents send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from git_phc.agents.acp.translate import Translation, unified

CWD = "/w"


def update(what: str, /, **fields: Any) -> dict[str, Any]:
    return {"sessionUpdate": what, **fields}


def call(**fields: Any) -> dict[str, Any]:
    return update("tool_call", toolCallId="t", **fields)


def more(**fields: Any) -> dict[str, Any]:
    return update("tool_call_update", toolCallId="t", **fields)


def text(words: object) -> dict[str, Any]:
    return {"type": "text", "text": words}


def content(words: str) -> list[dict[str, Any]]:
    return [{"type": "content", "content": text(words)}]


def diff(path: str, old: str | None, new: str) -> dict[str, Any]:
    return {"type": "diff", "path": path, "oldText": old, "newText": new}


def told(*updates: dict[str, Any]) -> list[dict[str, Any]]:
    translation = Translation(Path(CWD))
    records = [record for each in updates for record in translation.update(each)]
    return [{k: v for k, v in record.items() if k != "raw"} for record in records]


def tool(status: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "tool", "id": "t", "title": "x", "tool": "other", "status": status, **fields}


TABLE: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "words": (
        [update("agent_message_chunk", content=text("hello"))],
        [{"kind": "text", "stream": "agent", "text": "hello"}],
    ),
    "a thought": (
        [update("agent_thought_chunk", content=text("hm"))],
        [{"kind": "thought", "text": "hm"}],
    ),
    "what the user said": ([update("user_message_chunk", content=text("hello"))], []),
    "other content": (
        [
            update("agent_message_chunk", content={"type": "resource_link", "uri": "file:///a"}),
            update("agent_message_chunk", content={"type": "image", "data": "AAAA"}),
            update("agent_message_chunk", content=text("")),
        ],
        [
            {"kind": "text", "stream": "agent", "text": "file:///a"},
            {"kind": "text", "stream": "agent", "text": "[image]"},
        ],
    ),
    "a plan": (
        [
            update(
                "plan",
                entries=[
                    {"content": "a", "status": "completed"},
                    {"content": "b", "status": "in_progress"},
                    {"content": "c"},
                ],
            )
        ],
        [
            {
                "kind": "plan",
                "entries": [
                    {"text": "a", "status": "done"},
                    {"text": "b", "status": "running"},
                    {"text": "c", "status": "pending"},
                ],
            }
        ],
    ),
    "a mode, once": (
        [update("current_mode_update", currentModeId="plan")] * 2,
        [{"kind": "mode", "mode": "plan"}],
    ),
    "a command of opencode": (
        [
            call(title="bash", kind="execute", status="pending", rawInput={"cwd": CWD}),
            more(title="ls", status="in_progress", rawInput={"command": "ls", "cwd": CWD}),
            more(title="ls", status="in_progress", rawInput={"command": "ls", "cwd": CWD}),
            more(status="in_progress", content=content("a\n")),
            more(
                status="completed",
                content=content("a\nb\n"),
                rawOutput={"output": "a\nb\n", "metadata": {"exit": 2}},
            ),
        ],
        [
            tool("pending", tool="execute", title="bash"),
            tool("running", tool="execute", title="ls", command="ls"),
            tool("ok", tool="execute", title="ls", command="ls", output="a\nb\n", exit_code=2),
        ],
    ),
    "a command of codex": (
        [
            call(
                title="ls",
                kind="execute",
                status="in_progress",
                rawInput={"command": ["ls", "a b"]},
                content=[{"type": "terminal", "terminalId": "t"}],
            ),
            more(_meta={"terminal_output_delta": {"data": "a\n"}}),
            more(
                status="failed",
                _meta={
                    "terminal_output_delta": {"data": "b\n"},
                    "terminal_exit": {"exit_code": 1},
                },
            ),
        ],
        [
            tool("running", tool="execute", title="ls", command="ls 'a b'"),
            tool(
                "failed",
                tool="execute",
                title="ls",
                command="ls 'a b'",
                output="a\nb\n",
                exit_code=1,
            ),
        ],
    ),
    "an edit of claude": (
        [
            call(title="Write", kind="edit", status="pending", rawInput={}, content=[]),
            more(
                title="Write a",
                content=[diff("/w/a", None, "new\n")],
                locations=[{"path": "/w/a"}],
            ),
            more(status="completed", rawOutput="done"),
        ],
        [
            tool("pending", tool="edit", title="Write"),
            tool("pending", tool="edit", title="Write a", path="a"),
            tool("ok", tool="edit", title="Write a", path="a", output="done"),
            {"kind": "edit", "path": "a", "diff": "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+new\n"},
        ],
    ),
    "an edit without a diff, outside": (
        [
            call(title="x", kind="edit", status="completed", rawInput={"filePath": "/etc/a"}),
            more(status="completed"),
        ],
        [tool("ok", tool="edit", path="/etc/a"), {"kind": "edit", "path": "/etc/a", "diff": None}],
    ),
    "an edit that failed": (
        [call(title="x", kind="edit", status="failed", content=[diff("a", "", "b")])],
        [tool("failed", tool="edit")],
    ),
    "a way out is no way in": (
        [call(title="x", kind="read", locations=[{"path": "/w/../etc/a"}])],
        [tool("pending", tool="read", path="/w/../etc/a")],
    ),
    "nothing as it should be": (
        [
            {},
            update("no such thing", a=1),
            {"sessionUpdate": ["a"]},
            update("agent_message_chunk", content="hello"),
            update("agent_message_chunk", content=text(5)),
            update("plan", entries={"a": 1}),
            update("usage_update", cost={"amount": "much", "currency": "USD"}),
            update("current_mode_update", currentModeId=7),
            update(
                "tool_call",
                toolCallId=5,
                title=None,
                kind="juggle",
                status="soon",
                content=[7, {"type": "diff"}],
                locations="here",
                rawInput=[1],
                rawOutput=3,
                _meta="no",
            ),
        ],
        [
            {"kind": "plan", "entries": []},
            {"kind": "tool", "id": "", "title": "a tool", "tool": "other", "status": "pending"},
        ],
    ),
}


@pytest.mark.parametrize("kind", TABLE)
def test_updates(kind: str) -> None:
    updates, records = TABLE[kind]
    assert told(*updates) == records


USAGES: dict[str, tuple[dict[str, Any] | None, list[float | None], dict[str, Any] | None]] = {
    "of claude, the cached apart": (
        {
            "inputTokens": 300,
            "outputTokens": 60,
            "cachedReadTokens": 40,
            "cachedWriteTokens": 2,
            "totalTokens": 402,
        },
        [None, 0.5],
        {"input": 342, "output": 60, "cached": 40, "usd": 0.5},
    ),
    "of codex, the cached among the input": (
        {"inputTokens": 300, "outputTokens": 60, "cachedReadTokens": 40, "totalTokens": 360},
        [None, None],
        {"input": 300, "output": 60, "cached": 40, "usd": None},
    ),
    "money only, and what it had cost before": (
        None,
        [0.25, 0.75],
        {"input": 0, "output": 0, "cached": 0, "usd": 0.5},
    ),
    "none": (None, [None, None], None),
    "negative": (
        {"inputTokens": -3, "outputTokens": "x"},
        [None, None],
        {"input": 0, "output": 0, "cached": 0, "usd": None},
    ),
}


@pytest.mark.parametrize("kind", USAGES)
def test_usage(kind: str) -> None:
    usage, costs, record = USAGES[kind]
    translation = Translation(Path(CWD))
    before, during = ({"amount": cost, "currency": "USD"} for cost in costs)
    translation.update(update("usage_update", cost=before))
    translation.begin()
    translation.update(update("usage_update", cost=during))
    found = [
        {k: v for k, v in r.items() if k != "raw"} for r in translation.usage({"usage": usage})
    ]
    assert found == ([] if record is None else [{"kind": "usage", **record}])


def test_money_is_told_when_it_is_spent() -> None:
    translation = Translation(Path(CWD))
    translation.begin()

    def costs(amount: Any, currency: str = "USD") -> list[Any]:
        cost = {"amount": amount, "currency": currency}
        return [record["usd"] for record in translation.update(update("usage_update", cost=cost))]

    told = [costs(0.5), costs(0.5), costs(0.75), costs("much"), costs(9.0, "EUR"), costs(None)]
    assert told == [[0.5], [], [0.75], [], [], []]


OPTIONS = [
    {"optionId": "a", "name": "Yes", "kind": "allow_once"},
    {"optionId": "b", "kind": "perhaps"},
    "no option",
]
CHOICES = [
    {"id": "a", "name": "Yes", "kind": "allow_once"},
    {"id": "b", "name": "b", "kind": "other"},
]
ASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a command": (
        {"title": "rm a", "kind": "execute", "rawInput": {"command": "rm a"}},
        {"question": "permission", "title": "rm a", "tool": "execute", "command": "rm a"},
    ),
    "a command that is but a title": (
        {"title": "rm a", "kind": "execute", "content": content("[in a folder]")},
        {
            "question": "permission",
            "title": "rm a",
            "tool": "execute",
            "command": "rm a",
            "text": "[in a folder]",
        },
    ),
    "an edit": (
        {
            "title": "Edit\nall of it",
            "kind": "edit",
            "content": [diff("/w/a", "old", "new"), *content("because")],
            "locations": [{"path": "/w/a"}, {"path": "/etc/b"}],
        },
        {
            "question": "permission",
            "title": "Edit",
            "tool": "edit",
            "paths": ["a", "/etc/b"],
            "diff": "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-old\n\\ No newline at end of file\n"
            "+new\n\\ No newline at end of file\n",
            "text": "because",
        },
    ),
    "a diff of a file that is not named elsewhere": (
        {"title": "x", "kind": "edit", "content": [diff("/etc/b", "", "")]},
        {"question": "permission", "title": "x", "tool": "edit", "paths": ["/etc/b"]},
    ),
    "a plan": (
        {"title": "Approve Plan", "kind": "switch_mode", "rawInput": {"plan": "# do it"}},
        {"question": "plan", "title": "Approve Plan", "text": "# do it"},
    ),
    "a helper of its own": (
        {"title": "Task", "kind": "think"},
        {"question": "permission", "title": "Task", "tool": "other"},
    ),
    "nothing at all": ({}, {"question": "permission", "title": "may I go on?", "tool": "other"}),
}


@pytest.mark.parametrize("kind", ASKS)
def test_asks(kind: str) -> None:
    given, record = ASKS[kind]
    request = {"toolCall": {"toolCallId": "t", **given}, "options": OPTIONS}
    found = dict(Translation(Path(CWD)).asked("1", request))
    assert found.pop("raw") == request
    lasting = [each for each in found["options"] if each["id"].endswith("+edits")]
    assert len(lasting) == (1 if record["question"] == "plan" else 0)
    found["options"] = [each for each in found["options"] if each not in lasting]
    assert found == {"kind": "ask", "ask": "1", "options": CHOICES, **record}


def test_a_plan_that_is_approved_takes_no_more_freedom_than_it_is_given() -> None:
    offered = [
        {"optionId": "auto", "name": "Yes, and use auto mode", "kind": "allow_always"},
        {"optionId": "default", "name": "Yes, manually approve edits", "kind": "allow_once"},
        {"optionId": "no", "name": "No, keep planning", "kind": "reject_once"},
    ]
    request = {"toolCall": {"kind": "switch_mode"}, "options": offered}
    record = Translation(Path(CWD)).asked("1", request)
    assert [(each["id"], each["kind"]) for each in record["options"]] == [
        ("default", "allow_once"),
        ("default+edits", "allow_always"),
        ("no", "reject_once"),
    ]
    request["options"] = offered[:1]
    (only,) = Translation(Path(CWD)).asked("1", request)["options"]
    assert only["id"] == "auto"


def test_a_question_says_no_more_than_what_is_new_of_its_tool() -> None:
    translation = Translation(Path(CWD))
    translation.update(call(title="bash", kind="execute", rawInput={"command": "make"}))
    found = translation.asked("1", {"toolCall": {"toolCallId": "t"}})
    assert (found["tool"], found["command"]) == ("execute", "make")


def test_what_was_refused_is_denied_and_has_not_failed() -> None:
    translation = Translation(Path(CWD))
    translation.update(call(title="x", status="pending"))
    assert not translation.denied
    translation.refused({"toolCall": {"toolCallId": "t"}})
    (record,) = translation.update(more(status="failed"))
    assert record["status"] == "denied"
    assert translation.denied


def test_how_codex_tells_of_an_error() -> None:
    translation = Translation(Path(CWD))
    translation.update(update("agent_message_chunk", content=text("Warning: mind the gap\n")))
    told = [translation.failure]
    status = {"codex": {"threadStatus": {"type": "systemError"}}}
    translation.update(update("session_info_update", _meta=status))
    told.append(translation.failure)
    translation.update(update("agent_message_chunk", content=text("no such model\n\n")))
    told.append(translation.failure)
    assert told == [None, "the agent's session is broken", "no such model"]


def test_a_diff_of_a_new_file_and_one_without_its_last_newline() -> None:
    assert unified("a", "1\n2\n", "1\n3") == (
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n\\ No newline at end of file\n"
    )
    assert unified("a", None, "") == ""
