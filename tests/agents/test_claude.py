"""The adapter of claude without claude: what events mean, what levels mean, where sessions are."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from git_phc.agents.claude import Claude, levels
from git_phc.agents.claude.asking import Request
from git_phc.agents.claude.sessions import MAIN, Sessions, slug
from git_phc.agents.claude.translation import Translator
from git_phc.plugins.protocols import Answer
from tests.agents.playing import Told, final, of, play, turn_for

ROOTS = ["/w/x", "/real/x"]
TODOS = [{"content": "a", "status": "in_progress"}, {"content": "b", "status": "completed"}]


def records(*events: dict[str, Any]) -> list[Any]:
    translator = Translator(ROOTS)
    return [record for event in events for record in translator.records(event)]


def assistant(*content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "assistant", "message": {"content": list(content), **more}}


def uses(name: str, **given: Any) -> dict[str, Any]:
    return assistant({"type": "tool_use", "id": "t", "name": name, "input": given})


def result(content: Any, **more: Any) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": "t", "content": content, **more}
    return {"type": "user", "message": {"content": [block]}}


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("Read", {"file_path": "/w/x/a/b"}, ("Read a/b", "read", None, "a/b")),
        ("Read", {"file_path": "/real/x/b"}, ("Read b", "read", None, "b")),
        ("Write", {"file_path": "/w/x/../y"}, ("Write /w/x/../y", "edit", None, "/w/x/../y")),
        ("Edit", {"file_path": "/w/xy"}, ("Edit /w/xy", "edit", None, "/w/xy")),
        ("Grep", {"pattern": "foo"}, ("Grep foo", "search", None, None)),
        ("Bash", {"command": "a\n b"}, ("a b", "execute", "a\n b", None)),
        ("Bash", {"command": "x" * 200}, ("x" * 119 + "…", "execute", "x" * 200, None)),
        ("Bash", {"command": "ls | wc"}, ("ls | wc", "search", "ls | wc", None)),
        ("WebFetch", {"url": "u"}, ("WebFetch u", "fetch", None, None)),
        ("mcp__a__b", {"query": "q"}, ("mcp__a__b q", "other", None, None)),
        ("Skill", {"skill": 1}, ("Skill 1", "other", None, None)),
    ],
)
def test_the_use_of_a_tool(name: str, given: dict[str, Any], told: tuple[Any, ...]) -> None:
    (record,) = records(uses(name, **given))
    assert (record["kind"], record["id"], record["status"]) == ("tool", "t", "pending")
    fields = [record.get(key) for key in ("title", "tool", "command", "path")]
    assert tuple(fields) == told


DENIED = {"id": "t", "non_execution_kind": "x", "permission_decision": {"decision": "reject"}}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (result("out"), ("ok", "out", 0)),
        (result([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), ("ok", "a\nb", 0)),
        (result("(Bash completed with no output)"), ("ok", "", 0)),
        (result("Exit code 3\nno", is_error=True), ("failed", "Exit code 3\nno", 3)),
        (result("timed out", is_error=True), ("failed", "timed out", None)),
        (result("no", is_error=True) | {"tool_result_meta": [DENIED]}, ("denied", "no", None)),
        (
            {"type": "system", "subtype": "permission_denied", "tool_use_id": "t", "message": "m"},
            ("denied", "m", None),
        ),
    ],
)
def test_what_came_of_it(event: dict[str, Any], told: tuple[Any, ...]) -> None:
    _, record = records(uses("Bash", command="c"), event)
    assert (record["status"], record["output"], record.get("exit_code")) == told
    assert record["title"] == "c"


def test_a_denial_is_told_once() -> None:
    denial = {"type": "system", "subtype": "permission_denied", "tool_use_id": "t"}
    told = records(uses("Bash", command="c"), denial, result("no", is_error=True))
    assert [record["status"] for record in told] == ["pending", "denied"]


HUNK = {"oldStart": 3, "oldLines": 1, "newStart": 3, "newLines": 1, "lines": ["-a", "+b"]}


@pytest.mark.parametrize(
    ("told", "diff"),
    [
        (
            {"type": "create", "content": "a\nb", "structuredPatch": []},
            "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n",
        ),
        (
            {
                "structuredPatch": [
                    {
                        "oldStart": 3,
                        "oldLines": 1,
                        "newStart": 3,
                        "newLines": 1,
                        "lines": ["-a", "+b"],
                    }
                ]
            },
            "--- a/f\n+++ b/f\n@@ -3,1 +3,1 @@\n-a\n+b\n",
        ),
        ({"structuredPatch": ["?"]}, None),
    ],
)
def test_an_edit(told: dict[str, Any], diff: str | None) -> None:
    event = result("ok") | {"tool_use_result": {"filePath": "/w/x/f", **told}}
    assert of(records(event), "edit") == [{"kind": "edit", "path": "f", "diff": diff}]


def test_words_and_thoughts_and_plans() -> None:
    told = records(
        assistant({"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hi"}),
        {**assistant({"type": "text", "text": "a subagent's"}), "parent_tool_use_id": "t"},
        assistant({"type": "text", "text": "API Error: 400"}, model="<synthetic>"),
        uses("TodoWrite", todos=TODOS),
    )
    assert told[:3] == [
        {"kind": "thought", "text": "hm\n"},
        {"kind": "text", "stream": "agent", "text": "hi\n"},
        {"kind": "error", "text": "API Error: 400"},
    ]
    entries = [{"text": "a", "status": "running"}, {"text": "b", "status": "done"}]
    assert told[4:] == [{"kind": "plan", "entries": entries}]


def test_usage_is_counted_once_for_each_answer() -> None:
    def spent(id: str, n: int) -> dict[str, Any]:
        usage = {"input_tokens": n, "cache_read_input_tokens": 5, "output_tokens": 1}
        return assistant(id=id, usage=usage)

    silent = assistant(id="a")  # a piece that tells nothing takes nothing back
    told = records(spent("a", 10), spent("a", 10), silent, spent("b", 20), spent("a", 30))
    sums = [(15, 1, 5), (40, 2, 10), (60, 2, 10)]
    assert [(r["input"], r["output"], r["cached"]) for r in told] == sums
    by_model = {"m": {"inputTokens": 7, "cacheCreationInputTokens": 2, "costUSD": 0.5}, "n": {}}
    result = {"type": "result", "model_usage_since_last_result": by_model}
    first, last = records(result, result)
    assert first == {"kind": "usage", "input": 9, "output": 0, "cached": 0, "usd": 0.5}
    assert last == {"kind": "usage", "input": 18, "output": 0, "cached": 0, "usd": 1.0}
    (last,) = records({"type": "result", "usage": {"output_tokens": 3}, "total_cost_usd": 1})
    assert last == {"kind": "usage", "input": 0, "output": 3, "cached": 0, "usd": 1.0}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": 3},
        {"type": "assistant", "message": None},
        {"type": "assistant", "message": {"content": [1, {"type": "tool_use", "input": "x"}]}},
        {"type": "assistant", "message": {"content": "text", "usage": {"input_tokens": "many"}}},
        {"type": "user", "message": {"content": [{"type": "tool_result", "content": 3}]}},
        {"type": "user", "message": {"content": [{"type": "tool_result"}]}, "tool_use_result": "x"},
        {"type": "result", "usage": 3, "modelUsage": 4},
        {"type": "system", "subtype": "init"},
        {"type": "result", "model_usage_since_last_result": {"m": {"costUSD": "much"}}},
    ],
)
def test_nothing_that_it_says_is_too_strange(event: dict[str, Any]) -> None:
    for record in records(event):
        assert record["kind"] in ("tool", "usage", "session")


# -- what it asks -------------------------------------------------------------------------------


def asked(tool: str, given: dict[str, Any], *answers: Answer) -> tuple[list[Told], Any]:
    """The records of a request, and what claude is told."""
    request = Request("r", tool, given, ROOTS)
    told = None
    for ask, answer in zip(request.asks, answers, strict=True):
        told = request.take(ask, answer)
    return [dict(record) for record in request.records()], told


@pytest.mark.parametrize(
    ("answer", "behavior", "message"),
    [
        (Answer("allow"), "allow", None),
        (Answer("always"), "allow", None),
        (Answer("deny"), "deny", "This was not allowed."),
        (Answer("deny", "rather not"), "deny", "rather not"),
        (Answer(None, "yes"), "deny", "yes"),
        (Answer("anything"), "deny", "This was not allowed."),
    ],
)
def test_only_yes_is_yes(answer: Answer, behavior: str, message: str | None) -> None:
    _, told = asked("Bash", {"command": "c"}, answer)
    assert (told["behavior"], told.get("message")) == (behavior, message)
    assert told.get("updatedInput") == ({"command": "c"} if behavior == "allow" else None)


def test_what_an_edit_would_write_is_shown() -> None:
    given = {"file_path": "/w/x/f", "old_string": "a\n", "new_string": "b\n"}
    ((record,), _) = asked("Edit", given, Answer("deny"))
    assert record["paths"] == ["f"]
    assert record["diff"] == "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
    kinds = ["allow_once", "allow_always", "reject_once"]
    assert [option["kind"] for option in record["options"]] == kinds
    assert record["options"][1]["name"] == "Yes, and do not ask for edits in the workspace again"


def test_always_is_no_more_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")

    def lasting(tool: str, **given: Any) -> str:
        return Request("r", tool, given, [str(tmp_path)]).lasting

    assert lasting("Write", file_path=f"{tmp_path}/a") == "edit in the workspace"
    assert lasting("Edit", file_path=f"{tmp_path}/b/c") == "edit in the workspace"
    assert lasting("Edit", file_path=f"{tmp_path}/../c") == f"edit {tmp_path.parent}/c"
    assert lasting("Edit", file_path=f"{tmp_path}/link/passwd") == "edit /etc/passwd"
    assert lasting("Write", file_path=f"{tmp_path}/.git/hooks/x") == "edit .git/hooks/x"
    assert lasting("Bash", command="a b") == "Bash a b"
    assert lasting("mcp__fs__list", path=f"{tmp_path}/a") == "mcp__fs__list in the workspace"
    assert lasting("mcp__fs__list", path="/etc") == "mcp__fs__list /etc"
    assert lasting("WebFetch", url="u") == "WebFetch "
    assert lasting("ExitPlanMode") == ""


def test_an_approved_plan_leads_to_asking() -> None:
    ((record,), told) = asked("ExitPlanMode", {"plan": "p"}, Answer("allow"))
    assert (record["question"], record["text"]) == ("plan", "p")
    assert told["updatedPermissions"][0]["mode"] == "default"
    assert asked("ExitPlanMode", {}, Answer("deny"))[1]["behavior"] == "deny"


QUESTION = {"question": "Which?", "options": [{"label": "Red"}, {"label": "Blue"}]}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([Answer("2"), Answer("1")], {"Which?": "Blue", "What?": "Red"}),
        ([Answer("2", "but dark"), Answer(None, "x")], {"Which?": "Blue, but dark", "What?": "x"}),
        ([Answer("9"), Answer("1")], {"What?": "Red"}),
        ([Answer(), Answer()], None),
    ],
)
def test_its_own_questions(answers: list[Answer], told: Any) -> None:
    given = {"questions": [QUESTION, {**QUESTION, "question": "What?"}]}
    made, response = asked("AskUserQuestion", given, *answers)
    assert [record["title"] for record in made] == ["Which?", "What?"]
    assert response.get("updatedInput", {}).get("answers") == told


@pytest.mark.parametrize("level", ["plan", "ask", "accept-edits", "auto", "bypass", "unheard of"])
@pytest.mark.parametrize(
    ("tool", "path", "free"),
    [
        ("Read", "/etc/passwd", True),
        ("Write", "/w/x/a", False),
        ("Write", "/c/plans/p.md", True),
        ("Write", "/c/plans/../p.md", False),
        ("Bash", None, False),
        ("Bash", "git log | head", True),
        ("Bash", "git log > head", False),
        ("AskUserQuestion", None, True),
        ("mcp__x__y", None, False),
        ("Agent", None, True),
    ],
)
def test_what_the_gate_lets_through(level: str, tool: str, path: str | None, free: bool) -> None:
    command = path or "make" if tool == "Bash" else None
    call = {"tool_name": tool, "tool_input": {"file_path": path, "command": command}}
    said = levels.gate(level, call, "/c/plans")
    passes = free or level in ("auto", "bypass")
    assert (said == {}) is passes


# -- where its sessions are ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/tmp/a b_c.d", "-tmp-a-b-c-d"),
        ("/ünï漢", "--n--"),
        ("/😀e", "---e"),
        ("/" + "x" * 120 + "/" + "y" * 120, "-" + "x" * 120 + "-" + "y" * 78 + "-"),
    ],
)
def test_the_name_of_a_workspaces_folder(folder: str, name: str) -> None:
    assert slug(folder).startswith(name)
    assert len(slug(folder)) <= 208  # its hash is looked at with the real one


ID = "00000000-0000-4000-8000-000000000000"


def test_a_session_is_written_where_claude_looks(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": str(tmp_path / "config")}
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to("work")
    sessions = Sessions(env, tmp_path / "link")
    files = {MAIN: f'{{"id": "{ID}"}}\n'.encode(), "files/subagents/a.jsonl": b"{}\n"}
    assert sessions.write(ID, files) == ID
    assert Sessions(env, tmp_path / "work").read(ID) == files
    folder = tmp_path / "config/projects" / slug(str(tmp_path / "work"))
    assert {path.name for path in folder.iterdir()} == {ID, f"{ID}.jsonl"}
    assert (folder / f"{ID}.jsonl").stat().st_mode & 0o777 == 0o600
    assert sessions.write(ID, files) == ID
    other = sessions.write(ID, {MAIN: f'{{"id": "{ID}", "n": 2}}'.encode()})
    assert other not in (ID, None)
    assert json.loads(sessions.read(str(other))[MAIN]) == {"id": other, "n": 2}
    assert sessions.read(ID) == files


@pytest.mark.parametrize(
    ("session", "files"),
    [
        ("../x", {MAIN: b"x"}),
        (ID.upper() + "/..", {MAIN: b"x"}),
        (ID, {}),
        (ID, {MAIN: b""}),
        (ID, {MAIN: b"x", "files/../../../x": b"x"}),
        (ID, {MAIN: b"x", "/etc/x": b"x"}),
        (ID, {MAIN: b"x", "files//etc/x": b"x"}),
        (ID, {MAIN: b"x", "files/./x": b"x"}),
        (ID, {MAIN: b"x", "files/": b"x"}),
        (ID, {MAIN: b"x", "other": b"x"}),
    ],
)
def test_a_session_that_would_leave_its_folder_is_not_taken(
    tmp_path: Path, session: str, files: dict[str, bytes]
) -> None:
    sessions = Sessions({"HOME": str(tmp_path)}, tmp_path)
    assert sessions.write(session, files) is None
    assert not sessions.has(session)
    assert list(tmp_path.iterdir()) == []


# -- programs that are no claude ----------------------------------------------------------------


def stand_in(folder: Path, script: str) -> str:
    program = folder / "stand-in"
    program.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}")
    program.chmod(0o755)
    return os.fspath(program)


def says(**event: Any) -> str:
    return f"print({json.dumps(event)!r}, flush=True)\n"


RESULT = says(type="result", subtype="success", is_error=False)
EARLY = "claude ended with exit code 0 before its turn was over"
OUTCOMES = {
    "well": (RESULT, "ok", None),
    "well, whatever the code": (RESULT + "sys.exit(1)", "ok", None),
    "in its words": (
        says(type="result", subtype="success", is_error=True, result="no\nkey"),
        *("failed", "no key"),
    ),
    "by its kind": (says(type="result", subtype="error_max_turns"), "failed", "error max turns"),
    "by its last words": (
        "print('no json'); print('bad key', file=sys.stderr); sys.exit(7)",
        *("failed", "claude ended with exit code 7 before its turn was over: bad key"),
    ),
    "by a signal": (
        "os.kill(os.getpid(), 9)",
        *("failed", "claude was ended by signal 9 before its turn was over"),
    ),
    "in mid-line": ("print('{', end='')", "failed", EARLY),
    "too deep": ("print('[' * 99999)", "failed", EARLY),
    "a flood": (says(type="system", subtype="init", pad="x" * 999) * 200, "failed", EARLY),
}


@pytest.mark.parametrize(("script", "outcome", "reason"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_is_what_was_said_last(
    tmp_path: Path, script: str, outcome: str, reason: str | None
) -> None:
    turn = turn_for(tmp_path, "x", command=stand_in(tmp_path, script))
    last = final(Claude(), turn)
    assert (last["outcome"], last["reason"]) == (outcome, reason)


REFUSES = says(
    type="control_response",
    response={"subtype": "error", "request_id": "phc-initialize", "error": "no hooks here"},
)


def test_without_its_hook_it_is_given_nothing_to_do(tmp_path: Path) -> None:
    heard = "line = sys.stdin.readline()\nopen('heard', 'w').write(sys.stdin.read())\n"
    turn = turn_for(tmp_path, "x", command=stand_in(tmp_path, REFUSES + heard))
    last = final(Claude(), turn)
    assert last["reason"] == "claude does not let us judge what it does: no hooks here"
    assert not (turn.cwd / "heard").exists() or (turn.cwd / "heard").read_text() == ""


def test_one_that_does_not_take_it_later_is_ended(tmp_path: Path) -> None:
    takes = says(
        type="control_response",
        response={"subtype": "success", "request_id": "phc-initialize"},
    )
    begins = says(type="system", subtype="init", session_id="s", permissionMode="x")
    heard = "import time; sys.stdin.readline(); sys.stdin.readline()\n"
    script = takes + heard + begins + "sys.stdin.readline()\n" + REFUSES + "time.sleep(60)"
    turn = turn_for(tmp_path, "x", command=stand_in(tmp_path, script), autonomy="auto")
    run = Claude().start(turn)

    def lower(record: Told) -> None:
        if record["kind"] == "mode":
            assert run.set_autonomy("ask")

    last = play(run, lower)[-1]
    assert last["outcome"] == "failed"
    assert last["reason"] == "claude does not let us judge what it does: no hooks here"


def test_an_answer_that_nobody_waits_for_is_refused(tmp_path: Path) -> None:
    asks = says(type="control_request", request_id="r", request={"subtype": "can_use_tool"})
    script = asks + says(type="control_cancel_request", request_id="r") + RESULT
    run = Claude().start(turn_for(tmp_path, "x", command=stand_in(tmp_path, script)))
    told = play(run)
    assert [record["ask"] for record in of(told, "ask")] == ["r"]
    assert of(told, "withdrawn") == [{"kind": "withdrawn", "ask": "r"}]
    with pytest.raises(Exception, match="claude does not wait for this answer"):
        run.answer("r", Answer("allow"))


def test_how_to_get_it_is_told(tmp_path: Path) -> None:
    state = Claude().check({"path": str(tmp_path)})
    assert state.missing == "claude is not a program on PATH"
    assert state.hint == "Get it: npm install -g @anthropic-ai/claude-code"
    program = stand_in(tmp_path, "print('9.8.7 (Claude Code)')")
    assert Claude().check({"path": str(tmp_path), "command": program}).version == "9.8.7"
