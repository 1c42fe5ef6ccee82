"""The adapter of claude, with the real program and a scripted model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.agents.claude import Claude
from git_phc.errors import PhcError
from git_phc.host.process import marked
from git_phc.plugins.protocols import Answer
from tests.agents.conftest import Real
from tests.agents.model import Model
from tests.agents.playing import Told, choose, final, of, play, play_until, said, turn_for

pytestmark = pytest.mark.agents


@pytest.fixture(autouse=True)
def claude(real: Real, monkeypatch: pytest.MonkeyPatch) -> Claude:
    real("claude")
    monkeypatch.setenv("IS_SANDBOX", "1")  # in CI, tests are run by root
    return Claude()


def test_its_version_is_told(claude: Claude, tmp_path: Path) -> None:
    state = claude.check(turn_for(tmp_path, "").settings)
    assert (state.version, state.missing) == (Claude.tried, None)


def test_a_file_is_written_when_it_is_allowed(claude: Claude, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, "[[think why not]] [[write a.txt|hi]] [[bash echo out; exit 3]]")
    decide, asked = choose("allow_once")
    told = play(claude.start(turn), decide)
    assert (tmp_path / "work/a.txt").read_text() == "hi\n"
    assert [record["tool"] for record in asked] == ["edit", "execute"]
    assert asked[0]["paths"] == ["a.txt"]
    assert asked[0]["diff"] == "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+hi\n"
    assert asked[1]["command"] == "echo out; exit 3"
    assert of(told, "edit") == [{"kind": "edit", "path": "a.txt", "diff": asked[0]["diff"]}]
    tools = [(r["title"], r["status"], r.get("exit_code")) for r in of(told, "tool")]
    assert tools == [
        ("Write a.txt", "pending", None),
        ("Write a.txt", "ok", None),
        ("echo out; exit 3", "pending", None),
        ("echo out; exit 3", "failed", 3),
    ]
    assert [record["text"] for record in of(told, "thought")] == ["why not\n"]
    assert said(told) == "I use Write.\nI use Bash.\nDONE\n"
    assert [record["mode"] for record in of(told, "mode")] == ["default"]
    usage = of(told, "usage")
    assert [(r["input"], r["output"], r["cached"]) for r in usage] == [
        *((140 * n, 20 * n, 40 * n) for n in (1, 2, 3)),
        (420, 60, 120),
    ]
    assert usage[-1]["usd"] > 0
    assert told[-1] == {"kind": "done", "outcome": "ok", "exit_code": 0, "reason": None}


def test_nothing_is_done_that_is_denied(claude: Claude, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, "[[write a.txt|hi]] [[bash echo x > b.txt]] [[say well]]")
    decide, asked = choose("reject_once")
    told = play(claude.start(turn), decide)
    assert len(asked) == 2
    assert list((tmp_path / "work").iterdir()) == []
    assert [r["status"] for r in of(told, "tool")] == ["pending", "denied"] * 2
    assert said(told).endswith("well\n")
    assert (told[-1]["outcome"], told[-1]["reason"]) == (
        "ok", "it was not allowed to use Write, Bash",
    )  # fmt: skip


def test_always_holds_for_the_tool_or_the_very_command(claude: Claude, tmp_path: Path) -> None:
    steps = "[[write a|1]] [[write b|2]] [[bash date > c]] [[bash date > c]] [[bash date > d]]"
    decide, asked = choose("allow_always")
    play(claude.start(turn_for(tmp_path, steps)), decide)
    assert [record["title"] for record in asked] == ["Write a", "date > c", "date > d"]
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"a", "b", "c", "d"}


RULES = '{"permissions": {"allow": ["Bash(*)", "Write", "Edit"], "defaultMode": "acceptEdits"}}'


@pytest.mark.parametrize("level", ["plan", "ask", "accept-edits"])
def test_rules_of_its_own_do_not_widen_a_level(
    claude: Claude, tmp_path: Path, agents_home: Path, level: str
) -> None:
    (agents_home / ".claude").mkdir()
    (agents_home / ".claude" / "settings.json").write_text(RULES)
    turn = turn_for(tmp_path, "[[write a|1]] [[bash echo > b]] [[read /etc/passwd]]")
    (turn.cwd / ".claude").mkdir()
    (turn.cwd / ".claude" / "settings.json").write_text(RULES)
    decide, asked = choose("reject_once")
    play(claude.start(turn_for(tmp_path, turn.prompt, autonomy=level)), decide)
    assert [record["tool"] for record in asked][:2] == ["edit", "execute"]
    assert [path.name for path in turn.cwd.iterdir()] == [".claude"]


@pytest.mark.parametrize("level", ["plan", "ask", "accept-edits"])
def test_nor_do_they_when_it_is_lowered_while_it_works(
    claude: Claude, tmp_path: Path, agents_home: Path, level: str
) -> None:
    (agents_home / ".claude").mkdir()
    (agents_home / ".claude" / "settings.json").write_text(RULES)
    steps = "[[bash touch a; sleep 1]] [[bash touch b]] [[bash touch c]]"
    run = claude.start(turn_for(tmp_path, steps, autonomy="bypass"))
    refuse, asked = choose("reject_once")

    def decide(record: Told) -> Answer | None:
        if record["kind"] == "tool" and not asked and "touch a" in record["title"]:
            assert run.set_autonomy(level)
        return refuse(record)

    play(run, decide)
    assert [record["title"] for record in asked] == ["touch b", "touch c"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["a"]


@pytest.mark.parametrize("level", ["plan", "ask"])
def test_it_may_look_around(claude: Claude, tmp_path: Path, level: str) -> None:
    steps = "[[bash ls -a | head -3]] [[bash cat x 2>/dev/null || echo none]] [[read x]]"
    turn = turn_for(tmp_path, steps, autonomy=level)
    (turn.cwd / "x").write_text("in x\n")
    told = play(claude.start(turn))
    assert of(told, "ask") == []
    done = [(r["tool"], r["status"]) for r in of(told, "tool") if r["status"] != "pending"]
    assert done == [("search", "ok"), ("search", "ok"), ("read", "ok")]


def test_a_subagent_asks_as_well(claude: Claude, tmp_path: Path) -> None:
    given = {"description": "d", "prompt": "[[write a|1]] [[bash touch b]] [[say sub]]"}
    given |= {"subagent_type": "general-purpose"}
    inner = json.dumps(given).replace("[[", r"\u005b\u005b").replace("]]", r"\u005d\u005d")
    decide, asked = choose("reject_once")
    told = play(claude.start(turn_for(tmp_path, f"[[call Agent|{inner}]] [[say over]]")), decide)
    assert told[-1]["outcome"] == "ok"
    assert [record["title"] for record in asked] == ["Write a", "touch b"]
    assert list((tmp_path / "work").iterdir()) == []
    assert said(told) == "I use Agent.\nover\nDONE\n"
    assert (of(told, "usage")[-1]["input"], of(told, "usage")[-1]["output"]) == (6 * 140, 6 * 20)


def test_a_command_in_the_background_ends_with_the_turn(claude: Claude, tmp_path: Path) -> None:
    given = '{"command": "touch begun; sleep 300", "run_in_background": true}'
    steps = f"[[call Bash|{given}]] [[bash while ! [ -e begun ]; do sleep 0.1; done]]"
    turn = turn_for(tmp_path, steps, autonomy="bypass")
    assert final(claude, turn)["outcome"] == "ok"
    assert marked(turn.env["PHC_RUN"]) == []


def test_a_long_prompt_arrives(claude: Claude, model: Model, tmp_path: Path) -> None:
    long = "ä" * 300_000
    told = play(claude.start(turn_for(tmp_path, f"{long} [[say well]]")))
    assert said(told) == "well\n"
    assert any(long in prompt for prompt in model.prompts)


def test_a_model_of_any_name_is_no_option(claude: Claude, model: Model, tmp_path: Path) -> None:
    """As whoever may edit a task can write it."""
    name = "--permission-mode=bypassPermissions"
    turn = turn_for(tmp_path, "[[bash echo > b]] [[say well]]", model=name)
    decide, asked = choose("reject_once")
    play(claude.start(turn), decide)
    assert name in {request.body.get("model") for request in model.requests}
    assert len(asked) == 1
    assert list(turn.cwd.iterdir()) == []


def test_bypass_asks_for_nothing(
    claude: Claude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = turn_for(tmp_path, "[[write a|1]] [[bash echo > b]]", autonomy="bypass")
    told = play(claude.start(turn))
    assert of(told, "ask") == []
    assert {path.name for path in turn.cwd.iterdir()} == {"a", "b"}


def test_bypass_is_refused_to_root_outside_a_sandbox(
    claude: Claude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IS_SANDBOX")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(PhcError, match="claude refuses bypass to root"):
        claude.start(turn_for(tmp_path, "x", autonomy="bypass"))


def test_auto_without_a_classifier_asks(claude: Claude, tmp_path: Path) -> None:
    prompt = "[[write a|1]] [[bash curl -s x]] [[bash curl -s y]]"
    decide, asked = choose("reject_once")
    told = play(claude.start(turn_for(tmp_path, prompt, autonomy="auto")), decide)
    assert (tmp_path / "work/a").exists()  # inside the workspace; its own mode allows that
    assert [r["status"] for r in of(told, "tool") if r["status"] != "pending"] == [
        "ok", "denied", "denied",
    ]  # fmt: skip
    assert [record["title"] for record in asked] == ["curl -s y"]


def test_a_plan_is_asked_for_before_anything_is_written(claude: Claude, tmp_path: Path) -> None:
    prompt = (
        "[[write a|1]] [[bash echo > b]] [[plan # First this]] [[call ExitPlanMode|{}]]"
        "[[write c|3]] [[say done]]"
    )
    decide, asked = choose("reject_once", "reject_once", "allow_once")
    told = play(claude.start(turn_for(tmp_path, prompt, autonomy="plan")), decide)
    assert [record["question"] for record in asked] == [
        "permission", "permission", "plan", "permission",
    ]  # fmt: skip
    assert asked[2]["text"] == "# First this\n"
    assert [record["mode"] for record in of(told, "mode")] == ["plan", "default"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["c"]


def test_its_questions_are_answered(claude: Claude, tmp_path: Path) -> None:
    question = (
        '{"questions": [{"question": "Which?", "header": "h", "multiSelect": false, "options": ['
        '{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]},'
        '{"question": "Why?", "header": "h", "multiSelect": false, "options": ['
        '{"label": "A", "description": "a"}, {"label": "B", "description": "b"}]}]}'
    )
    answers = iter([Answer("2"), Answer(text="no reason")])

    def decide(record: Told) -> Answer | None:
        return next(answers) if record["kind"] == "ask" else None

    prompt = f"[[call AskUserQuestion|{question}]] [[say so]]"
    told = play(claude.start(turn_for(tmp_path, prompt, autonomy="bypass")), decide)
    asked = of(told, "ask")
    assert [(r["question"], r["title"]) for r in asked] == [
        ("choice", "Which?"),
        ("choice", "Why?"),
    ]
    assert asked[0]["options"][1] == {"id": "2", "name": "Blue", "kind": "other"}
    output = of(told, "tool")[-1]["output"]
    assert "Blue" in output
    assert "no reason" in output


def test_autonomy_changes_while_it_works(claude: Claude, tmp_path: Path) -> None:
    run = claude.start(turn_for(tmp_path, "[[write a|1]] [[write b|2]] [[write c|3]]"))
    asked: list[Told] = []

    def decide(record: Told) -> Answer | None:
        if record["kind"] != "ask":
            return None
        asked.append(record)
        assert run.set_autonomy("auto" if len(asked) == 1 else "plan")
        return Answer("allow")

    told = play(run, decide)
    assert [record["title"] for record in asked] == ["Write a"]
    assert [record["mode"] for record in of(told, "mode")] == ["default", "auto"]
    assert not run.set_autonomy("plan")


@pytest.mark.parametrize("status", [400, 500])
def test_a_models_error_is_a_failure(claude: Claude, tmp_path: Path, status: int) -> None:
    last = final(claude, turn_for(tmp_path, f"[[error {status}]]"))
    assert last["outcome"] == "failed"
    assert str(status) in last["reason"]


@pytest.mark.parametrize("folder", ["plain", "ä b_😀", "x" * 120 + "/" + "y" * 120])
def test_a_conversation_is_gone_on_with(claude: Claude, tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True)
    first = play(claude.start(turn_for(place, "[[say one]]")))
    session = of(first, "session")[0]["session"]
    turn = turn_for(place, "[[recall]]", session=session)
    assert claude.has_session(session, turn)
    again = play(claude.start(turn))
    assert said(again) == "I remember 1: say one\n"
    assert of(again, "session")[0]["session"] == session
    spent = [of(told, "usage")[-1] for told in (first, again)]
    assert spent[0] == spent[1]  # of its own turn each


def test_a_conversation_moves_to_another_home_and_folder(
    claude: Claude, tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    told = play(claude.start(turn_for(tmp_path, "[[bash pwd]]")), choose("allow_once")[0])
    session = of(told, "session")[0]["session"]
    files = claude.export_session(session, turn_for(tmp_path, ""))
    new_home()
    there = tmp_path / "elsewhere-ä"
    there.mkdir()
    assert not claude.has_session(session, turn_for(there, ""))
    assert claude.import_session(session, files, turn_for(there, "")) == session
    turn = turn_for(there, "[[write new|x]] [[recall]]", session=session)
    told = play(claude.start(turn), choose("allow_once")[0])
    assert said(told).endswith("I remember 1: bash pwd\n")
    assert (turn.cwd / "new").exists()
    # What is there already is kept, and another state of it has a name of its own.
    other = claude.import_session(session, files, turn_for(there, ""))
    assert other not in (None, session)
    turn = turn_for(there, "[[recall]]", session=other)
    told = play(claude.start(turn))
    assert said(told) == "I remember 1: bash pwd\n"
    assert of(told, "session")[0]["session"] == other


@pytest.mark.parametrize(
    "prompt", ["[[sleep 60]] [[say x]]", "[[bash sleep 300]]", "[[bash setsid sleep 300]]"]
)
def test_a_cancelled_turn_leaves_nothing_and_is_remembered(
    claude: Claude, model: Model, tmp_path: Path, prompt: str
) -> None:
    turn = turn_for(tmp_path, prompt, autonomy="bypass")
    run = claude.start(turn)
    told = play_until(
        run, lambda r: r["kind"] == ("tool" if "bash" in prompt else "mode"), run.cancel
    )
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env["PHC_RUN"]) == []
    session = of(told, "session")[0]["session"]
    if "bash" in prompt:
        told = play(claude.start(turn_for(tmp_path, "[[recall]]", session=session)))
        assert said(told).startswith("I remember 1: bash")


def test_a_conversation_that_is_gone_is_told(claude: Claude, tmp_path: Path) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    turn = turn_for(tmp_path, "[[say x]]", session=gone)
    assert not claude.has_session(gone, turn)
    assert "No conversation found" in final(claude, turn)["reason"]
