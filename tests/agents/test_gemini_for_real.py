"""The real gemini, one turn at a time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.agents.gemini import Gemini
from git_phc.host.process import marked
from git_phc.plugins.protocols import Agent, Turn
from tests.agents.conftest import Real
from tests.agents.model import Model
from tests.agents.playing import final, of, play, play_until, said, turn_for

pytestmark = pytest.mark.agents

# As gemini does it, where nobody can be asked: from any mode into one that may do everything.
ESCAPE = """[[call enter_plan_mode|{"reason": "x"}]]
    [[call write_file|{"file_path": "plan.md", "content": "x"}]]
    [[call exit_plan_mode|{"plan_filename": "plan.md", "plan_path": "plan.md"}]]"""


@pytest.fixture
def gemini(real: Real) -> Agent:
    real("gemini")
    return Gemini()


def use(tool: str, **given: str) -> str:
    """A step of the script: a tool, whether gemini offers it or not."""
    return f"[[call {tool}|{json.dumps(given)}]]"


def names(turn: Turn) -> list[str]:
    return sorted(path.name for path in turn.cwd.iterdir())


def test_is_found_with_its_version(gemini: Agent, tmp_path: Path) -> None:
    assert gemini.check(turn_for(tmp_path, "").settings).version == gemini.tried


@pytest.mark.parametrize(
    ("autonomy", "written"),
    [("plan", []), ("ask", []), ("accept-edits", ["a"]), ("auto", ["a"]), ("bypass", ["a", "b"])],
)
def test_each_level_does_what_it_means(
    gemini: Agent, agents_home: Path, tmp_path: Path, autonomy: str, written: list[str]
) -> None:
    turn = turn_for(tmp_path, "", autonomy=autonomy)
    write = use("write_file", file_path="a", content="x")
    outside = use("write_file", file_path=str(agents_home / "outside"), content="x")
    script = f"{write} {use('run_shell_command', command='echo x >b')} {outside} [[say well]]"
    escape = "" if autonomy == "bypass" else ESCAPE
    turn.prompt_file.write_text(f"{escape} {script}")
    told = play(gemini.start(turn))
    assert [name for name in names(turn) if name != "plan.md"] == written
    assert not (agents_home / "outside").exists()
    edits = [edit["path"] for edit in of(told, "edit")]
    assert [path for path in edits if path != "plan.md"] == [
        name for name in written if name == "a"
    ]
    assert said(told).endswith("well\n")
    assert told[-1]["outcome"] == "ok"
    states = [tool["status"] for tool in of(told, "tool") if tool["title"] == "echo x >b"]
    assert states == ["running", "ok" if autonomy == "bypass" else "denied"]


def test_a_model_of_any_name_is_no_option(gemini: Agent, model: Model, tmp_path: Path) -> None:
    """As whoever may edit a task can write it."""
    script = f"{use('run_shell_command', command='echo x >b')} [[say well]]"
    turn = turn_for(tmp_path, script, autonomy="ask", model="--yolo")
    final(gemini, turn)
    assert [r.path for r in model.requests if "--yolo" in r.path]
    assert names(turn) == []


@pytest.mark.parametrize("autonomy", ["plan", "accept-edits"])
def test_the_tools_of_a_server_are_no_way_out(
    gemini: Agent, agents_home: Path, tmp_path: Path, autonomy: str
) -> None:
    server = Path(__file__).with_name("writing_server.py")
    path = agents_home / ".gemini/settings.json"
    given = {"command": sys.executable, "args": [str(server)], "trust": True}
    path.write_text(json.dumps({**json.loads(path.read_text()), "mcpServers": {"w": given}}))
    turn = turn_for(tmp_path, "[[call mcp_w_write|{}]] [[say well]]", autonomy=autonomy)
    assert final(gemini, turn)["outcome"] == "ok"
    assert names(turn) == []
    turn = turn_for(tmp_path, "[[call mcp_w_write|{}]] [[say well]]", autonomy="bypass")
    assert final(gemini, turn)["outcome"] == "ok"
    assert names(turn) == ["written"]


def test_it_reads_at_every_level(gemini: Agent, model: Model, tmp_path: Path) -> None:
    turn = turn_for(tmp_path, "[[read a]] [[say well]]", autonomy="plan")
    (turn.cwd / "a").write_text("what is in it")
    told = play(gemini.start(turn))
    assert [(tool["title"], tool["status"]) for tool in of(told, "tool")] == [
        ("read_file a", "running"),
        ("read_file a", "ok"),
    ]
    assert "what is in it" in json.dumps(model.requests[-1].body)
    assert of(told, "usage")[-1]["output"] > 0


def test_a_prompt_longer_than_an_argument(gemini: Agent, tmp_path: Path) -> None:
    told = play(gemini.start(turn_for(tmp_path, f"[[say well]] {'x ' * 100_000}")))
    assert said(told) == "well\n"


def test_an_error_of_the_model_is_a_failure(gemini: Agent, tmp_path: Path) -> None:
    end = final(gemini, turn_for(tmp_path, "[[error 400]]"))
    assert (end["outcome"], end["reason"]) == ("failed", "the script says so")


def test_a_conversation_moves_and_comes_back(
    gemini: Agent, new_home: Callable[[], Path], tmp_path: Path
) -> None:
    first = turn_for(tmp_path, "[[say one]]")
    session = play(gemini.start(first))[0]["session"]
    assert gemini.has_session(session, first)
    told = play(gemini.start(turn_for(tmp_path, "[[recall]]", session)))
    assert (told[0]["session"], said(told)) == (session, "I remember 1: say one\n")
    files = gemini.export_session(session, first)

    new_home()
    (tmp_path / "b").mkdir()
    there = turn_for(tmp_path / "b", "[[recall]]", session)
    assert not gemini.has_session(session, there)
    assert gemini.import_session(session, files, there) == session
    told = play(gemini.start(there))
    assert said(told) == "I remember 2: say one / recall\n"
    moved = told[0]["session"]
    assert not gemini.has_session(session, there)
    assert gemini.has_session(moved, there)

    assert gemini.import_session(moved, gemini.export_session(moved, there), first) == moved
    told = play(gemini.start(replace(turn_for(tmp_path, "[[recall]]", moved), env=first.env)))
    assert said(told) == "I remember 3: say one / recall / recall\n"


def test_a_conversation_that_is_not_there(gemini: Agent, tmp_path: Path) -> None:
    session = "01a2053e-5aba-7d00-ba5c-055c65eb5fb0"
    turn = turn_for(tmp_path, "[[recall]]", session)
    assert not gemini.has_session(session, turn)
    assert gemini.export_session(session, turn) == {}
    end = final(gemini, turn)
    assert (
        end["outcome"],
        "Invalid session" in end["reason"] or "No previous" in end["reason"],
    ) == (
        "failed",
        True,
    )


def test_stop_in_the_middle_of_a_command(gemini: Agent, tmp_path: Path) -> None:
    command = "echo x >begun; setsid sleep 300 & sleep 300"
    turn = turn_for(tmp_path, f"[[bash {command}]]", autonomy="bypass")
    run = gemini.start(turn)

    def stop() -> None:
        while not (turn.cwd / "begun").exists():
            time.sleep(0.05)
        run.cancel()

    told = play_until(run, lambda record: record["kind"] == "session", stop)
    assert told[-1]["outcome"] == "cancelled"
    assert marked(turn.env["PHC_RUN"]) == []
    session = told[0]["session"]
    told = play(gemini.start(turn_for(tmp_path, "[[recall]]", session)))
    assert "I remember 1: bash" in said(told)
