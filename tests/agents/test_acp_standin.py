"""ACP with an agent of our own making: what it may say, and how badly it may behave."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from git_phc.agents.acp.agent import AcpAgent
from git_phc.agents.acp.presets import Preset, presets
from git_phc.errors import PhcError
from git_phc.host.process import MARKER, marked
from git_phc.plugins.protocols import Answer, Turn
from git_phc.plugins.records import TOOLS
from tests.agents.playing import Told, choose, of, play, play_until, said, turn_for
from tests.e2e.stage import Stage
from tests.kit import ROOT

pytestmark = pytest.mark.slow

PROGRAM = str(ROOT / "tests" / "agents" / "standin.py")
MODES = {"plan": ("careful",), "ask": ("careful",), "auto": ("bolder", "bold")}
AGENT = AcpAgent(Preset("stand-in", (sys.executable, PROGRAM), modes=MODES))


def turn_of(folder: Path, prompt: str, **settings: Any) -> Turn:
    turn = turn_for(folder, prompt, **settings)
    return replace(turn, env={**turn.env, "PYTHONPATH": str(ROOT)})


def heard(turn: Turn) -> list[str]:
    """What the agent was told."""
    return (turn.cwd / "heard").read_text().splitlines()


def bare(record: Told) -> Told:
    return {key: value for key, value in record.items() if key != "raw"}


def test_an_edit_is_told_in_records(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "edit a.txt")
    told = play(AGENT.start(turn))
    tool = {"kind": "tool", "id": "1", "title": "Write a.txt", "tool": "edit", "path": "a.txt"}
    diff = "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+new\n"
    assert [bare(record) for record in told] == [
        {"kind": "session", "session": "first"},
        {"kind": "mode", "mode": "careful"},
        {"kind": "thought", "text": "what shall I write?"},
        {"kind": "plan", "entries": [{"text": "write it", "status": "running"}]},
        {**tool, "status": "pending"},
        {**tool, "status": "ok"},
        {"kind": "edit", "path": "a.txt", "diff": diff},
        {"kind": "usage", "input": 17, "output": 5, "cached": 7, "usd": None},
        {"kind": "done", "outcome": "ok", "exit_code": None, "reason": None},
    ]
    assert (turn.cwd / "a.txt").read_text() == "new\n"
    assert marked(turn.env[MARKER]) == []


@pytest.mark.parametrize("kind", ["allow_once", "reject_once"])
def test_a_question_waits_for_its_answer(tmp_path: Path, kind: str) -> None:
    turn = turn_of(tmp_path, "ask a.txt")
    decide, asked = choose(kind)
    told = play(AGENT.start(turn), decide)
    assert bare(asked[0]) == {
        "kind": "ask",
        "ask": "1",
        "question": "permission",
        "title": "Write a.txt",
        "tool": "edit",
        "paths": ["a.txt"],
        "diff": "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+new\n",
        "options": [
            {"id": "y", "name": "Yes", "kind": "allow_once"},
            {"id": "n", "name": "No", "kind": "reject_once"},
        ],
    }
    allowed = kind == "allow_once"
    assert (turn.cwd / "a.txt").exists() is allowed
    assert of(told, "tool")[-1]["status"] == ("ok" if allowed else "denied")
    assert told[-1]["outcome"] == "ok"
    assert (told[-1]["reason"] or "").endswith("" if allowed else "refused something")


def test_words_are_a_refusal_and_the_log_says_that_they_were_not_told(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "ask a.txt")

    def decide(record: Told) -> Answer | None:
        return Answer(None, "no, use b.txt") if record["kind"] == "ask" else None

    told = play(AGENT.start(turn), decide)
    assert heard(turn)[-1] == "answer n"
    assert [record["text"] for record in of(told, "error")] == [
        "stand-in takes no words with an answer, so send them: git phc send TASK TEXT"
    ]
    assert of(told, "tool")[-1]["status"] == "denied"


def test_an_answer_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    run = AGENT.start(turn_of(tmp_path, "ask a.txt"))
    refused: list[str] = []

    def decide(record: Told) -> Answer | None:
        if record["kind"] != "ask":
            return None
        for ask, option in (("1", "maybe"), ("2", "y")):
            with pytest.raises(PhcError) as caught:
                run.answer(ask, Answer(option))
            refused.append(caught.value.message)
        return Answer("y")

    assert play(run, decide)[-1]["outcome"] == "ok"
    assert len(refused) == 2
    with pytest.raises(PhcError):
        run.answer("1", Answer("y"))


def test_a_flood_waits_for_its_reader(tmp_path: Path) -> None:
    run = AGENT.start(turn_of(tmp_path, "flood 5000"))
    numbers: list[str] = []
    for record in run.records():
        if record["kind"] == "text":
            numbers.append(record["text"])
            if len(numbers) == 100:
                time.sleep(0.5)  # as long as a busy disk
    assert "".join(numbers) == "".join(f"{number}\n" for number in range(5000))


@pytest.mark.slow
def test_a_flood_is_cut_off(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "flood 100000000")
    run = AGENT.start(turn)
    told = play_until(run, lambda record: record.get("text") == "500\n", run.cancel)
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env[MARKER]) == []


def test_cancel_needs_no_reader(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "flood 100000000")
    run = AGENT.start(turn)
    next(run.records())
    run.cancel()
    assert marked(turn.env[MARKER]) == []
    assert [record for record in run.records() if record["kind"] == "done"]


@pytest.mark.parametrize("prompt", ["wait", pytest.param("hang", marks=pytest.mark.slow)])
def test_an_agent_that_does_not_come_to_an_end_is_ended(tmp_path: Path, prompt: str) -> None:
    turn = turn_of(tmp_path, prompt)
    run = AGENT.start(turn)
    told = play_until(run, lambda record: record.get("text") == "begun", run.cancel)
    assert told[-1]["outcome"] == "cancelled"
    assert told[-1]["reason"] is None
    assert heard(turn)[-1] == "cancel"
    assert marked(turn.env[MARKER]) == []


def test_a_question_is_called_off_by_a_cancel(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "ask a.txt")
    run = AGENT.start(turn)
    told = play_until(run, lambda record: record["kind"] == "ask", run.cancel)
    assert told[-1]["outcome"] == "cancelled"
    assert "answer cancelled" in heard(turn)
    assert not (turn.cwd / "a.txt").exists()


def test_what_is_no_message_is_told_and_passed_over(tmp_path: Path) -> None:
    told = play(AGENT.start(turn_of(tmp_path, "babble hello!")))
    assert said(told) == "all is well"
    assert told[-1]["outcome"] == "ok"
    errors = [record["text"] for record in of(told, "error")]
    assert len(errors) == 3
    assert errors[0].endswith("hello!")


def test_an_agent_that_dies_in_the_middle_of_a_line(tmp_path: Path) -> None:
    told = play(AGENT.start(turn_of(tmp_path, "die out of memory")))
    assert of(told, "error")[-1]["text"].endswith('{"jsonrpc": "2.0", "method"')
    assert told[-1]["outcome"] == "failed"
    assert told[-1]["exit_code"] == 7
    assert told[-1]["reason"] == "stand-in ended with exit code 7: out of memory"


def test_a_file_outside_the_workspace_is_refused_and_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    turn = turn_of(tmp_path, f"outside {secret}")
    told = play(AGENT.start(turn))
    assert [record["text"] for record in of(told, "error")] == [
        f"the agent asked for fs/read_text_file {secret}: refused",
        f"the agent asked for fs/write_text_file {secret}: refused",
    ]
    assert heard(turn)[1:] == ["refused -32601"] * 2


@pytest.mark.parametrize(
    ("prompt", "errors"), [("outside {}/a.txt", 0), ("outside {}/../a", 2), ("terminal ls", 1)]
)
def test_files_and_terminals_are_not_ours_to_give(tmp_path: Path, prompt: str, errors: int) -> None:
    turn = turn_of(tmp_path, prompt.format(tmp_path / "work"))
    told = play(AGENT.start(turn))
    assert len(of(told, "error")) == errors
    assert "refused -32601" in heard(turn)


def test_what_is_replayed_is_no_record_of_this_turn(tmp_path: Path) -> None:
    turn = replace(turn_of(tmp_path, "say and now"), session="earlier")
    told = play(AGENT.start(turn))
    assert of(told, "session") == [{"kind": "session", "session": "earlier"}]
    assert said(told) == "and now"


def test_a_level_takes_the_best_mode_that_there_is(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "say x", autonomy="auto")
    assert of(play(AGENT.start(turn)), "mode") == [{"kind": "mode", "mode": "bold"}]
    assert heard(turn) == ["mode bold"]


FAILURES: dict[str, Callable[[], tuple[AcpAgent, str, dict[str, Any], str]]] = {
    "no such mode": lambda: (
        AcpAgent(replace(AGENT._preset, modes={"plan": ("timid", "shy")})),
        "say x",
        {"autonomy": "plan"},
        "stand-in offers no mode timid or shy, which autonomy plan needs",
    ),
    "no model": lambda: (
        AGENT, "say x", {"model": "m"}, "stand-in cannot be told which model to use",
    ),
    "an error": lambda: (AGENT, "fail no\nluck", {}, "stand-in says: no luck"),
    "the limit": lambda: (
        AGENT, "stop max_tokens", {}, "the model came to the limit of its tokens",
    ),
    "a refusal": lambda: (AGENT, "stop refusal", {}, "the model refused to go on"),
    "broken off": lambda: (AGENT, "stop cancelled", {}, "the agent broke off its turn"),
    "no speaker": lambda: (
        AcpAgent(Preset("true", ("true",))), "x", {}, "true ended with exit code 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILURES)
def test_a_turn_that_fails_says_why(tmp_path: Path, kind: str) -> None:
    agent, prompt, settings, reason = FAILURES[kind]()
    last = play(agent.start(turn_of(tmp_path, prompt, **settings)))[-1]
    assert (last["outcome"], last["reason"]) == ("failed", reason)


def test_who_is_not_logged_in_is_told_so(tmp_path: Path) -> None:
    turn = turn_of(tmp_path, "say x")
    (turn.cwd / "closed").touch()
    reason = play(AGENT.start(turn))[-1]["reason"]
    assert reason.startswith("stand-in wants you to log in first: ")
    assert "run: stand-in login" in reason


@pytest.mark.parametrize("program", ["cat > /dev/null", "sleep 300"])
def test_cancelled_before_it_has_said_anything(tmp_path: Path, program: str) -> None:
    turn = turn_of(tmp_path, "x")
    run = AcpAgent(Preset("mute", ("sh", "-c", program))).start(turn)
    run.cancel()
    assert [record["outcome"] for record in run.records()] == ["cancelled"]
    assert marked(turn.env[MARKER]) == []


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    with pytest.raises(PhcError, match="no-such-program could not be started"):
        AcpAgent(Preset("none", ("no-such-program",))).start(turn_of(tmp_path, "x"))


def test_agents_of_the_users_own() -> None:
    settings = {
        "mine": {"acp": "mine --acp 'a b'", "mode-plan": "think"},
        "qwen": {"acp": "/usr/lib/qwen --acp"},
        "odd": {"acp": "it's"},
        "none": {"acp": ""},
        "else": {"command": "x"},
    }
    made = {preset.name: AcpAgent(preset) for preset in presets(settings)}
    assert "else" not in made
    assert made["mine"]._argv({}) == ["mine", "--acp", "a b"]
    assert made["mine"]._preset.modes == {"plan": ("think",)}
    assert (made["mine"].asks, made["mine"].tried) == (False, None)
    assert made["qwen"]._argv({}) == ["/usr/lib/qwen", "--acp"]
    assert made["kimi"]._argv({"command": "env A=b kimi"}) == ["env", "A=b", "kimi", "acp"]
    assert made["qwen"]._preset.modes["plan"] == ("plan",)
    for name, why in (("odd", "cannot be read: No closing quotation"), ("none", "is empty")):
        state = made[name].check({})
        assert state.missing == f"phc.agents.{name}.acp {why}"
        assert f"git config phc.agents.{name}.acp" in str(state.hint)
    assert made["mine"].check({"path": "/nowhere"}).missing == "mine is not a program on PATH"


def test_an_agent_of_the_users_own_works_on_a_task(stage: Stage) -> None:
    stage.git("config", "phc.agents.mine.acp", f"{sys.executable} {PROGRAM}")
    stage.git("config", "phc.agents.mine.mode-auto", "bold")
    done = stage.ok("start", "-q", "edit a.txt", "-a", "mine", "--autonomy", "auto")
    task = done.out.strip()
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "a.txt").read_text() == "new\n"
    assert (stage.tree(task) / "heard").read_text() == "mode bold\n"
    assert {"tool", "edit", "usage"} <= {record["kind"] for record in stage.records(task)}
    assert all(r["tool"] in TOOLS for r in stage.records(task) if r["kind"] == "tool")
