"""What gemini says, as records, and how it is held to a level: tables."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from git_phc.agents.gemini import Gemini
from git_phc.agents.gemini.events import Events
from git_phc.agents.gemini.levels import policy, write_policy
from git_phc.agents.gemini.sessions import take_in
from git_phc.errors import Refused
from tests.agents.playing import final, turn_for

Json = dict[str, Any]

WRITE = {
    "type": "tool_use",
    "tool_id": "t",
    "tool_name": "write_file",
    "parameters": {"file_path": "/w/a", "content": "x"},
}
TOOL = {"kind": "tool", "id": "t", "title": "write_file a", "tool": "edit", "path": "a"}
NO = {"type": "policy_violation", "message": "no"}


def say(text: str) -> Json:
    return {"type": "message", "role": "assistant", "content": text, "delta": True}


def text(text: str) -> Json:
    return {"kind": "text", "stream": "agent", "text": text}


@pytest.mark.parametrize(
    ("events", "records"),
    [
        ([{"type": "init", "session_id": "s"}], [{"kind": "session", "session": "s"}]),
        ([{"type": "message", "role": "user", "content": "x"}], []),
        ([{"type": "what"}], []),
        (
            [say("a"), say("b"), WRITE],
            [text("a"), text("b"), text("\n"), {**TOOL, "status": "running"}],
        ),
        ([say("a\n"), {"type": "what"}], [text("a\n")]),
        ([{"type": "error", "message": "oh"}], [{"kind": "error", "text": "oh"}]),
        (
            [WRITE, {"type": "tool_result", "tool_id": "t", "status": "success"}],
            [
                {**TOOL, "status": "running"},
                {**TOOL, "status": "ok", "output": ""},
                {"kind": "edit", "path": "a", "diff": None},
            ],
        ),
        (
            [WRITE, {"type": "tool_result", "tool_id": "t", "status": "error", "error": NO}],
            [{**TOOL, "status": "running"}, {**TOOL, "status": "denied", "output": ""}],
        ),
        (
            [{"type": "tool_result", "tool_id": "u", "status": "error", "output": "?"}],
            [
                {
                    "kind": "tool", "id": "u", "title": "a tool", "tool": "other",
                    "status": "failed", "output": "?",
                }
            ],
        ),
        (
            [
                {
                    "type": "tool_use", "tool_id": "p", "tool_name": "write_todos",
                    "parameters": {
                        "todos": [
                            {"description": "a", "status": "in_progress"},
                            {"description": "b", "status": "cancelled"},
                            {"description": "c", "status": "completed"},
                        ]
                    },
                }
            ],
            [
                {
                    "kind": "tool", "id": "p", "title": "write_todos", "tool": "think",
                    "status": "running",
                },
                {
                    "kind": "plan",
                    "entries": [
                        {"text": "a", "status": "running"}, {"text": "c", "status": "done"},
                    ],
                },
            ],
        ),
    ],
)  # fmt: skip
def test_events(events: list[Json], records: list[Json]) -> None:
    heard = Events("/w")
    assert [record for event in events for record in heard.records(event)] == records
    assert heard.outcome is None


@pytest.mark.parametrize(
    ("tool", "given", "title", "kind"),
    [
        ("run_shell_command", {"command": "make\nit"}, "make", "execute"),
        ("list_directory", {"dir_path": "/w"}, "list_directory .", "search"),
        ("read_file", {"file_path": "/w/../x"}, "read_file /w/../x", "read"),
        ("grep_search", {"pattern": "a b"}, "grep_search a b", "search"),
        ("mcp_s_t", {}, "mcp_s_t", "other"),
    ],
)
def test_tools(tool: str, given: Json, title: str, kind: str) -> None:
    event = {"type": "tool_use", "tool_id": "t", "tool_name": tool, "parameters": given}
    (record,) = Events("/w").records(event)
    assert (record["title"], record["tool"]) == (title, kind)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"status": "success"}, "ok", None),
        ({"status": "error", "error": {"type": "x", "message": "why"}}, "failed", "why"),
        (
            {"status": "error", "error": {"message": '[API Error: {"error":{"message":"why"}}]'}},
            "failed",
            "why",
        ),
        (
            {"status": "error", "error": {"message": "[API Error: why]"}},
            "failed",
            "[API Error: why]",
        ),
        ({"status": "error"}, "failed", "gemini did not say what went wrong"),
    ],
)
def test_outcomes(said: Json, outcome: str, reason: str | None) -> None:
    heard = Events("/w")
    stats = {"input_tokens": 5, "output_tokens": 3, "cached": 1}
    assert list(heard.records({"type": "result", **said, "stats": stats})) == [
        {"kind": "usage", "input": 5, "output": 3, "cached": 1, "usd": None}
    ]
    assert heard.outcome is not None
    assert (heard.outcome["outcome"], heard.outcome["reason"]) == (outcome, reason)


@pytest.mark.parametrize("level", ["plan", "ask", "accept-edits", "auto"])
def test_no_level_lets_it_approve_its_own_plan(level: str) -> None:
    rules = tomllib.loads(policy(level))["rule"]
    for tool in ("enter_plan_mode", "exit_plan_mode"):
        told = [r for r in rules if {tool, "*"} & set(r["toolName"])]
        assert max(told, key=lambda rule: rule["priority"])["decision"] == "deny"


def test_an_administrators_policies_would_set_ours_aside(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    folders = [tmp_path / "nothing", tmp_path / "policies"]
    turn = turn_for(tmp_path, "x", autonomy="plan")
    assert write_policy(turn, folders) == turn.scratch / "gemini.toml"
    (tmp_path / "policies/a.toml").touch()
    with pytest.raises(Refused, match="cannot be held to 'plan'"):
        write_policy(turn, folders)
    assert write_policy(turn_for(tmp_path, "x", autonomy="bypass"), folders) is None


def test_files_of_other_names_are_not_taken_in(tmp_path: Path) -> None:
    turn = turn_for(tmp_path, "x")
    session = "01a2053e-5aba-7d00-ba5c-055c65eb5fb0"
    assert take_in("../x", {"../x.jsonl": b"{}"}, turn) is None
    assert take_in(session, {"other.jsonl": b"{}"}, turn) is None


def message(id: str, text: str, type: str = "user") -> Json:
    return {"id": id, "type": type, "content": [{"text": text}]}


@pytest.mark.parametrize(
    ("lines", "there"),
    [
        ([], False),
        ([message("1", "<session_context> x")], False),
        ([message("1", "hello")], True),
        ([message("1", ""), message("2", "", "gemini")], False),
        ([{"id": "1", "type": "gemini", "content": "", "toolCalls": [{}]}], True),
        ([{"id": "1", "type": "user", "content": "words"}], True),
        ([message("1", "hello"), {"$set": {"messages": []}}], False),
        ([message("1", "hello"), {"$set": {"lastUpdated": "x"}}, 5, None], True),
        ([{"$set": {"messages": [message("1", "hello")]}}], True),
        ([message("1", "hello"), {"$rewindTo": "1"}], False),
        ([message("1", "hello"), message("2", "more"), {"$rewindTo": "2"}], True),
        ([message("1", "hello"), {"$rewindTo": "9"}], False),
    ],
)
def test_a_conversation_is_there_when_anything_was_said(
    lines: list[Json], there: bool, tmp_path: Path
) -> None:
    session = "01a2053e-5aba-7d00-ba5c-055c65eb5fb0"
    turn = replace(turn_for(tmp_path, "x"), env={"HOME": str(tmp_path)})
    project = tmp_path / ".gemini/tmp/work"
    (project / "chats").mkdir(parents=True)
    (project / ".project_root").write_text(str(turn.cwd))
    text = "".join(f"{json.dumps(line)}\n" for line in [{"sessionId": session}, *lines])
    (project / "chats/session-1.jsonl").write_text(text + '{"torn": ')
    assert Gemini().has_session(session, turn) is there
    assert not Gemini().has_session(session, replace(turn, cwd=tmp_path))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("sys.exit('log in first')", "gemini ended in the middle of the turn: log in first"),
        ('print(\'{"type":"in\', flush=True)', "gemini ended in the middle of the turn"),
    ],
)
def test_a_program_that_ends_early(program: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "gemini.py"
    path.write_text(f"import sys\n{program}\n")
    turn = turn_for(tmp_path, "x", command=f"{sys.executable} {path}", autonomy="bypass")
    end = final(Gemini(), turn)
    assert (end["outcome"], end["reason"]) == ("failed", reason)
