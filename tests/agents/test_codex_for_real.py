"""The real codex, one turn at a time."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.agents.codex import Codex
from git_phc.errors import PhcError
from git_phc.host.process import marked
from git_phc.plugins.protocols import Agent, Answer, Turn
from tests.agents.conftest import Real
from tests.agents.model import Model
from tests.agents.playing import Told, choose, final, of, play, play_until, said, turn_for
from tests.kit import require

pytestmark = pytest.mark.agents


@pytest.fixture
def codex(real: Real) -> Agent:
    real("codex")
    return Codex()


def use(command: str, **more: str) -> str:
    """A step of the script: codex's shell, with arguments that `[[bash …]]` has not."""
    return f"[[call exec_command|{json.dumps({'cmd': command, **more})}]]"


def escalate(command: str) -> str:
    """A command that asks to be run outside the sandbox."""
    return use(command, sandbox_permissions="require_escalated", justification="I must")


def patch(name: str) -> str:
    return use(
        f"apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {name}\n+hi\n*** End Patch\nEOF"
    )


def names(turn: Turn) -> list[str]:
    return sorted(path.name for path in turn.cwd.iterdir())


def test_is_found_with_its_version(codex: Agent, tmp_path: Path) -> None:
    settings = turn_for(tmp_path, "").settings
    assert codex.check(settings).version == codex.tried
    missing = codex.check({**settings, "path": str(tmp_path)})
    assert (missing.missing, missing.hint) == (
        "codex is not a program on PATH",
        "Get it: npm install -g @openai/codex",
    )
    given = codex.check({"path": str(tmp_path), "command": f"{shutil.which('codex')} --x"})
    assert given.version == codex.tried


def test_ask_asks_for_each_write_and_takes_a_no(codex: Agent, tmp_path: Path) -> None:
    script = f"[[read /etc/hostname]] [[bash touch a]] {escalate('touch b')} {patch('c')}"
    turn, (decide, asked) = turn_for(tmp_path, script), choose("reject_once")
    told = play(codex.start(turn), decide)
    assert [(ask["tool"], ask["title"]) for ask in asked] == [
        ("execute", "touch b"),
        ("edit", "edit c"),
    ]
    assert asked[0]["command"] == "touch b"
    assert asked[0]["text"] == "I must"
    assert asked[1]["paths"] == ["c"]
    assert asked[1]["diff"] == "--- c\n+++ c\n@@ -0,0 +1,1 @@\n+hi\n"
    states = [(tool["title"], tool["status"]) for tool in of(told, "tool")]
    assert states[-3:] == [("touch b", "denied"), ("edit c", "running"), ("edit c", "denied")]
    assert told[-1]["outcome"] == "ok"
    assert names(turn) == []


def test_what_is_allowed_is_done(codex: Agent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{escalate('echo b >b')} {patch('c')} {patch('d')} [[say well]]")
    decide, asked = choose("allow_once", "allow_always")
    told = play(codex.start(turn), decide)
    assert len(asked) == len({ask["ask"] for ask in asked}) >= 2
    assert names(turn) == ["b", "c", "d"]
    assert [edit["path"] for edit in of(told, "edit")] == ["c", "d"]
    assert of(told, "usage")[-1] | {"at": None} == {
        "kind": "usage", "input": 560, "output": 80, "cached": 160, "usd": None, "at": None,
    }  # fmt: skip
    assert said(told).endswith("well\n")
    assert told[-1]["outcome"] == "ok"


def test_where_a_file_would_be_moved_is_asked(
    codex: Agent, agents_home: Path, tmp_path: Path
) -> None:
    outside = agents_home / "outside"
    text = f"*** Begin Patch\n*** Update File: a\n*** Move to: {outside}\n@@\n-x\n+y\n*** End Patch"
    script = use(f"apply_patch <<'EOF'\n{text}\nEOF")
    turn, (decide, asked) = turn_for(tmp_path, script), choose("reject_once")
    (turn.cwd / "a").write_text("x\n")
    assert final(codex, turn, decide)["outcome"] == "ok"
    assert [ask["paths"] for ask in asked] == [["a", str(outside)]]
    assert not outside.exists()


def test_a_no_with_words_is_heard(codex: Agent, model: Model, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{escalate('touch a')} [[say well]]")

    def decide(record: Told) -> Answer | None:
        return Answer("decline", "in another way") if record["kind"] == "ask" else None

    assert final(codex, turn, decide)["outcome"] == "ok"
    texts = [m.text for request in model.requests for m in request.asked.messages]
    assert "in another way" in texts


@pytest.mark.parametrize("rules", [False, True])
def test_plan_writes_nothing(codex: Agent, agents_home: Path, tmp_path: Path, rules: bool) -> None:
    if rules:  # what the user has told codex to run without a question
        (agents_home / ".codex/rules").mkdir()
        rule = 'prefix_rule(pattern=["touch"], decision="allow")\n'
        (agents_home / ".codex/rules/default.rules").write_text(rule)
    script = f"[[bash touch a]] {escalate('touch b')} {patch('c')} [[bash cat /etc/hosts]]"
    turn, (decide, asked) = turn_for(tmp_path, script, autonomy="plan"), choose("reject_once")
    told = play(codex.start(turn), decide)
    assert names(turn) == []
    assert len(asked) == (1 if rules else 2)
    assert of(told, "tool")[-1]["status"] == "ok"  # it can read
    assert told[-1]["outcome"] == "ok"


PLAN = "[[say <proposed_plan>\n- write c\n</proposed_plan>]]"


def test_an_approved_plan_is_carried_out(codex: Agent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{PLAN} {patch('c')} [[say well]]", autonomy="plan")
    decide, asked = choose("allow_once")
    told = play(codex.start(turn), decide)
    assert [(ask["question"], ask.get("text")) for ask in asked] == [
        ("plan", "- write c\n"),
        ("permission", None),
    ]
    assert names(turn) == ["c"]
    assert said(told).endswith("well\n")
    assert of(told, "usage")[-1]["output"] == 60


def test_a_plan_that_is_no_good(codex: Agent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{PLAN} {patch('c')} {PLAN}", autonomy="plan")
    answers = iter([Answer("decline", "think again"), Answer("decline"), Answer("decline")])

    def decide(record: Told) -> Answer | None:
        return next(answers) if record["kind"] == "ask" else None

    told = play(codex.start(turn), decide)
    assert [ask["question"] for ask in of(told, "ask")] == ["plan", "permission", "plan"]
    assert names(turn) == []
    assert told[-1]["outcome"] == "ok"


def test_what_was_planned_is_remembered(codex: Agent, tmp_path: Path) -> None:
    decide, _ = choose("reject_once")
    session = play(codex.start(turn_for(tmp_path, PLAN, autonomy="plan")), decide)[0]["session"]
    turn = turn_for(tmp_path, "[[write a|hi]] [[recall]]", session, autonomy="auto")
    told = play(codex.start(turn))
    assert "I remember 1: say <proposed_plan>" in said(told)
    assert names(turn) == ["a"]


def test_auto_stays_in_the_workspace(codex: Agent, agents_home: Path, tmp_path: Path) -> None:
    outside = agents_home / "outside"  # not below /tmp, which may be written
    script = f"[[write a|hi]] {patch('b')} [[bash touch {outside}]] {escalate(f'touch {outside}')}"
    turn, (decide, asked) = turn_for(tmp_path, script, autonomy="auto"), choose("reject_once")
    assert final(codex, turn, decide)["outcome"] == "ok"
    assert [ask["title"] for ask in asked] == [f"touch {outside}"]
    assert names(turn) == ["a", "b"]
    assert not outside.exists()


@pytest.mark.parametrize(("autonomy", "there"), [("ask", False), ("auto", True)])
def test_the_web_is_searched_only_where_nobody_must_be_asked(
    codex: Agent, agents_home: Path, model: Model, tmp_path: Path, autonomy: str, there: bool
) -> None:
    config = agents_home / ".codex/config.toml"
    config.write_text('web_search = "live"\n' + config.read_text())
    final(codex, turn_for(tmp_path, "[[say well]]", autonomy=autonomy))
    tools = [tool["type"] for tool in model.requests[-1].body["tools"]]
    assert ("web_search" in tools) is there


def test_bypass_asks_nothing(codex: Agent, agents_home: Path, tmp_path: Path) -> None:
    outside = agents_home / "outside"
    turn = turn_for(tmp_path, f"[[write a|hi]] [[bash touch {outside}]]", autonomy="bypass")
    told = play(codex.start(turn))
    assert of(told, "ask") == []
    assert outside.exists()
    assert names(turn) == ["a"]


def test_a_question_of_its_own(codex: Agent, model: Model, tmp_path: Path) -> None:
    options = [{"label": "A", "description": "first"}, {"label": "B", "description": "second"}]
    each = {"header": "H", "question": "Which?", "options": options}
    questions = {"questions": [{"id": "q", **each}, {"id": "r", **each}]}
    script = f"[[call request_user_input|{json.dumps(questions)}]] [[say well]]"

    def decide(record: Told) -> Answer | None:
        if record["kind"] != "ask":
            return None
        return Answer("B") if record["ask"].endswith("/0") else Answer(text="neither")

    told = play(codex.start(turn_for(tmp_path, script, autonomy="plan")), decide)
    asked = of(told, "ask")
    assert [(a["question"], a["title"]) for a in asked] == [("choice", "Which?")] * 2
    assert [o["id"] for o in asked[0]["options"]] == ["A", "B"]
    outputs = json.dumps(model.requests[-1].body["input"])
    assert "neither" in outputs
    assert said(told).endswith("well\n")


def test_an_error_of_the_model_is_a_failure(codex: Agent, tmp_path: Path) -> None:
    end = final(codex, turn_for(tmp_path, "[[error 400]]"))
    assert (end["outcome"], end["reason"]) == ("failed", "the script says so")


def test_a_conversation_is_gone_on_with(codex: Agent, tmp_path: Path) -> None:
    told = play(codex.start(turn_for(tmp_path, "[[say one]]")))
    session = told[0]["session"]
    turn = turn_for(tmp_path, "[[recall]]", session)
    assert codex.has_session(session, turn)
    assert not codex.has_session("../" + session, turn)
    told = play(codex.start(turn))
    assert told[0]["session"] == session
    assert said(told) == "I remember 1: say one\n"
    assert of(told, "usage")[-1]["input"] == 140  # of this turn


def test_a_conversation_that_is_not_there(codex: Agent, tmp_path: Path) -> None:
    session = "01a2053e-5aba-7d00-ba5c-055c65eb5fb0"
    turn = turn_for(tmp_path, "[[recall]]", session)
    assert not codex.has_session(session, turn)
    assert codex.export_session(session, turn) == {}
    assert final(codex, turn)["outcome"] == "failed"


def test_a_conversation_moves_and_comes_back(
    codex: Agent, new_home: Callable[[], Path], tmp_path: Path
) -> None:
    first = turn_for(tmp_path, "[[say one]]")
    session = play(codex.start(first))[0]["session"]
    files = codex.export_session(session, first)

    new_home()
    (tmp_path / "b").mkdir()
    there = turn_for(tmp_path / "b", "[[recall]]", session)
    assert not codex.has_session(session, there)
    assert codex.import_session(session, files, there) == session
    assert said(play(codex.start(there))) == "I remember 1: say one\n"
    files = codex.export_session(session, there)

    # Back where it is known, but not with its last turn.
    back = codex.import_session(session, files, first)
    assert back not in (None, session)
    assert codex.import_session(str(back), {}, first) is None
    told = play(codex.start(replace(turn_for(tmp_path, "[[recall]]", back), env=first.env)))
    assert told[0]["session"] == back
    assert said(told) == "I remember 2: say one / recall\n"


def test_stop_in_the_middle_of_a_command(codex: Agent, tmp_path: Path) -> None:
    turn = turn_for(
        tmp_path, "[[bash echo $$ > pid; setsid sleep 300 & sleep 300]]", autonomy="auto"
    )
    run = codex.start(turn)
    told = play_until(
        run, lambda record: record["kind"] == "session", lambda: stop(turn, run.cancel)
    )
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env["PHC_RUN"]) == []
    told = play(codex.start(turn_for(tmp_path, "[[recall]]", told[0]["session"])))
    assert "I remember 1: bash" in said(told)


def test_stop_while_it_waits_for_an_answer(codex: Agent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, escalate("touch a"))
    run = codex.start(turn)
    told = play_until(run, lambda record: record["kind"] == "ask", run.cancel)
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env["PHC_RUN"]) == []
    assert names(turn) == []


def stop(turn: Turn, cancel: Callable[[], None]) -> None:
    while not (turn.cwd / "pid").exists():
        time.sleep(0.05)
    cancel()


def test_a_command_outside_the_sandbox_is_found_though_the_environment_is_kept_from_it(
    codex: Agent, agents_home: Path, tmp_path: Path
) -> None:
    config = agents_home / ".codex/config.toml"
    config.write_text(config.read_text() + '[shell_environment_policy]\ninherit = "none"\n')
    command = "/usr/bin/env > env; /usr/bin/setsid /bin/sleep 300 & /bin/sleep 1"
    turn = turn_for(tmp_path, f"[[bash {command}]] [[say x]]", autonomy="bypass")
    assert final(codex, turn)["outcome"] == "ok"
    assert f"PHC_RUN={turn.env['PHC_RUN']}\n" in (turn.cwd / "env").read_text()
    assert marked(turn.env["PHC_RUN"]) == []


def test_an_answer_that_nobody_waits_for(codex: Agent, tmp_path: Path) -> None:
    run = codex.start(turn_for(tmp_path, "[[say x]]"))
    with pytest.raises(PhcError, match="does not wait"):
        run.answer("what/0/0", Answer("accept"))
    run.cancel()
    assert play(run)[-1]["outcome"] == "cancelled"


def test_where_its_sandbox_cannot_be_nothing_is_written_unasked(
    codex: Agent, tmp_path: Path
) -> None:
    require("unshare")
    limit = "echo 0 >/proc/sys/user/max_user_namespaces"
    command = f"unshare -Ur sh -c '{limit} && exec codex \"$@\"' codex"
    script = f"[[bash touch a]] {patch('b')} [[say well]]"
    turn = turn_for(tmp_path, script, autonomy="auto", command=command)
    decide, asked = choose("reject_once")
    told = play(codex.start(turn), decide)
    assert [(ask["title"], "without sandbox" in ask["text"]) for ask in asked] == [("edit b", True)]
    ends = [tool["status"] for tool in of(told, "tool") if tool["status"] != "running"]
    assert ends == ["failed", "denied"]
    assert names(turn) == []
    assert said(told).endswith("well\n")
