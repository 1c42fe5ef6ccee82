"""Agents over ACP, each driven for real, one turn at a time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.agents.acp.agent import AcpAgent
from git_phc.agents.acp.presets import PRESETS
from git_phc.host.process import MARKER, marked
from git_phc.plugins.protocols import Turn
from tests.agents.conftest import Real
from tests.agents.playing import choose, of, play, play_until, said, turn_for
from tests.e2e.stage import until

pytestmark = pytest.mark.agents

AGENTS = ("opencode", "claude-acp", "codex-acp")
OK = {"kind": "done", "outcome": "ok", "exit_code": None, "reason": None}
# codex asks for what its sandbox would stop, and only when its model says so.
ESCALATED = {"sandbox_permissions": "require_escalated", "justification": "to see"}


def made(name: str) -> AcpAgent:
    return AcpAgent(next(preset for preset in PRESETS if preset.name == name))


@pytest.fixture(params=AGENTS)
def agent(request: pytest.FixtureRequest, real: Real) -> AcpAgent:
    name: str = request.param
    real(next(preset.argv[0] for preset in PRESETS if preset.name == name))
    return made(name)


def shell(agent: AcpAgent, command: str) -> str:
    """The step in which the model runs a command that writes."""
    if agent.name == "codex-acp":
        return f"[[call exec_command|{json.dumps({'cmd': command, **ESCALATED})}]]"
    return f"[[bash {command}]]"


def test_its_version_is_found_without_starting_it(agent: AcpAgent) -> None:
    found = agent.check({"path": os.environ["PATH"]})
    assert (found.version, found.missing) == (agent.tried, None)


def test_a_file_is_written(agent: AcpAgent, tmp_path: Path) -> None:
    # codex has a sandbox for what others ask for, and claude's `auto` asks its model.
    level = "auto" if agent.name == "codex-acp" else "accept-edits"
    turn = turn_for(tmp_path, "[[write a.txt|hello]] [[say all is well]]", autonomy=level)
    decide, _ = choose("allow_once")
    told = play(agent.start(turn), decide)
    assert told[-1] == OK
    assert (turn.cwd / "a.txt").read_text() == "hello\n"
    assert "all is well" in said(told)
    assert [record["status"] for record in of(told, "tool")][-1] == "ok"
    usage = of(told, "usage")[-1]
    assert (usage["input"], usage["cached"], usage["output"]) == (280, 80, 40)
    assert marked(turn.env[MARKER]) == []


def test_what_is_denied_is_not_done_and_what_is_allowed_is(agent: AcpAgent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{shell(agent, 'touch no')} [[say over]]")
    decide, asked = choose("reject_once")
    told = play(agent.start(turn), decide)
    assert told[-1]["outcome"] == "ok"
    (ask,) = asked
    assert (ask["question"], ask["tool"], ask["command"]) == ("permission", "execute", "touch no")
    assert [record["status"] for record in of(told, "tool")][-1] == "denied"
    assert not (turn.cwd / "no").exists()
    turn = turn_for(tmp_path, f"{shell(agent, 'touch yes')} [[say over]]")
    decide, asked = choose("allow_once")
    assert play(agent.start(turn), decide)[-1] == OK
    assert len(asked) == 1
    assert (turn.cwd / "yes").exists()


@pytest.mark.parametrize("name", ["opencode", "claude-acp"])
def test_an_edit_is_asked_for_with_its_diff(name: str, real: Real, tmp_path: Path) -> None:
    agent = made(name)
    real(agent._preset.argv[0])
    turn = turn_for(tmp_path, "[[write a.txt|hello]] [[say over]]")
    decide, asked = choose("allow_once")
    told = play(agent.start(turn), decide)
    assert told[-1] == OK
    (ask,) = asked
    assert (ask["tool"], ask["paths"]) == ("edit", ["a.txt"])
    assert "+hello\n" in ask["diff"]
    (edit,) = of(told, "edit")
    assert edit["path"] == "a.txt"
    assert "+hello\n" in edit["diff"]
    assert (turn.cwd / "a.txt").exists()


def test_what_the_project_itself_allows_is_asked_for_all_the_same(
    agent: AcpAgent, tmp_path: Path
) -> None:
    turn = turn_for(tmp_path, f"{shell(agent, 'touch no')} [[write no|x]] [[say over]]")
    generous = {"permission": {"*": "allow", "bash": {"*": "allow"}, "edit": "allow"}}
    places = {
        "opencode.json": {**generous, "agent": {"build": generous}},
        ".claude/settings.json": {
            "permissions": {"allow": ["Bash(*)", "Write"], "defaultMode": "bypassPermissions"}
        },
    }
    for place, content in places.items():
        (turn.cwd / place).parent.mkdir(exist_ok=True)
        (turn.cwd / place).write_text(json.dumps(content))
    decide, asked = choose("reject_once")
    play(agent.start(turn), decide)
    assert asked
    assert not (turn.cwd / "no").exists()


def test_nothing_is_written_in_plan_mode(agent: AcpAgent, tmp_path: Path) -> None:
    prompt = (
        f"[[write a.txt|no]] {shell(agent, 'touch b.txt')} [[bash touch c.txt]] [[say planned]]"
    )
    turn = turn_for(tmp_path, prompt, autonomy="plan")
    decide, _ = choose("reject_once")
    told = play(agent.start(turn), decide)
    assert told[-1]["outcome"] == "ok"
    assert list(turn.cwd.iterdir()) == []
    assert of(told, "mode")[0]["mode"] in ("plan", "read-only")


def test_no_rule_of_the_users_lets_codex_write_in_plan_mode(
    real: Real, agents_home: Path, tmp_path: Path
) -> None:
    real("codex-acp")
    (agents_home / ".codex/rules").mkdir()
    rule = 'prefix_rule(pattern=["touch"], decision="allow")\n'
    (agents_home / ".codex/rules/default.rules").write_text(rule)
    turn = turn_for(tmp_path, "[[bash touch a]] [[bash cat /etc/hosts]]", autonomy="plan")
    told = play(made("codex-acp").start(turn))
    assert told[-1] == OK
    assert list(turn.cwd.iterdir()) == []
    assert of(told, "tool")[-1]["status"] == "ok"  # it can read


def test_a_plan_is_asked_for(real: Real, tmp_path: Path) -> None:
    real("claude-agent-acp")
    script = "[[plan # First this\nthen that]] [[call ExitPlanMode|{}]] [[say over]]"
    turn = turn_for(tmp_path, script, autonomy="plan")
    decide, asked = choose("reject_once")
    play(made("claude-acp").start(turn), decide)
    (ask,) = asked
    assert (ask["question"], ask["text"].strip()) == ("plan", "# First this\nthen that")


@pytest.mark.parametrize(
    ("level", "asked_for"),
    [("plan", []), ("ask", ["edit", "execute"]), ("accept-edits", ["execute"])],
)
def test_gemini_over_the_protocol(
    level: str, asked_for: list[str], real: Real, tmp_path: Path
) -> None:
    real("gemini")
    turn = turn_for(tmp_path, "[[write a.txt|x]] [[bash touch b]] [[say over]]", autonomy=level)
    decide, asked = choose("reject_once")
    told = play(made("gemini-acp").start(turn), decide)
    assert told[-1] == OK
    assert [ask["tool"] for ask in asked] == asked_for
    assert [path.name for path in turn.cwd.iterdir()] == ["a.txt"] * (level == "accept-edits")
    assert [ask["command"] for ask in asked if ask["tool"] == "execute"] == ["touch b"] * bool(
        asked
    )


def remembered(agent: AcpAgent, turn: Turn, session: str) -> str:
    """What the agent recalls of its conversation so far."""
    assert agent.has_session(session, turn)
    told = play(agent.start(replace(turn, session=session)))
    assert told[-1] == OK
    assert of(told, "session")[0]["session"] == session
    return said(told)


def begun(agent: AcpAgent, folder: Path) -> str:
    """A conversation of one turn; its name."""
    told = play(agent.start(turn_for(folder, "[[say a heron]]")))
    assert told[-1] == OK
    return str(of(told, "session")[0]["session"])


def test_a_conversation_is_gone_on_with(agent: AcpAgent, tmp_path: Path) -> None:
    session = begun(agent, tmp_path)
    assert "a heron" in remembered(agent, turn_for(tmp_path, "[[recall]]"), session)
    assert not agent.has_session("ses_there_is_none", turn_for(tmp_path, "x"))


def test_a_conversation_moves_to_another_home_and_folder(
    agent: AcpAgent, tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    session = begun(agent, tmp_path)
    files = agent.export_session(session, turn_for(tmp_path, "x"))
    assert files
    new_home()
    (tmp_path / "elsewhere").mkdir()
    turn = turn_for(tmp_path / "elsewhere", "[[recall]]")
    assert not agent.has_session(session, turn)
    there = agent.import_session(session, files, turn)
    assert there
    assert "a heron" in remembered(agent, turn, there)


def test_a_conversation_that_went_on_there_is_left_alone(
    agent: AcpAgent, tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    session = begun(agent, tmp_path)
    first = agent.export_session(session, turn_for(tmp_path, "x"))
    remembered(agent, turn_for(tmp_path, "[[say a stork]]"), session)
    second = agent.export_session(session, turn_for(tmp_path, "x"))
    new_home()
    turn = turn_for(tmp_path, "[[say a crane]]")
    assert agent.import_session(session, first, turn) == session
    remembered(agent, turn, session)
    other = agent.import_session(session, second, turn_for(tmp_path, "x"))
    assert other
    assert other != session
    recalled = remembered(agent, turn_for(tmp_path, "[[recall]]"), other)
    assert "a stork" in recalled
    assert "a crane" not in recalled
    assert "a crane" in remembered(agent, turn_for(tmp_path, "[[recall]]"), session)


def test_an_error_of_the_model_is_a_failure(agent: AcpAgent, tmp_path: Path) -> None:
    last = play(agent.start(turn_for(tmp_path, "[[error 400]]")))[-1]
    assert last["outcome"] == "failed"
    assert last["reason"].startswith(f"{agent.name} says: ")


def test_a_model_that_there_is_none_of_is_refused(agent: AcpAgent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, "[[say x]]", model="no-such-model")
    last = play(agent.start(turn))[-1]
    assert last["outcome"] == "failed"


def test_cancelled_in_the_middle_of_its_command(agent: AcpAgent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{shell(agent, 'touch begun; sleep 321')} [[say over]]")
    decide, _ = choose("allow_once")
    run = agent.start(turn)

    def cancel() -> None:
        until((turn.cwd / "begun").exists)
        run.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    told = play(run, decide)
    canceller.join()
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env[MARKER]) == []


def test_cancelled_while_it_waits_for_an_answer(agent: AcpAgent, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, f"{shell(agent, 'touch no')} [[say over]]")
    run = agent.start(turn)
    told = play_until(run, lambda record: record["kind"] == "ask", run.cancel)
    assert told[-1]["outcome"] == "cancelled"
    assert not (turn.cwd / "no").exists()
    assert marked(turn.env[MARKER]) == []
