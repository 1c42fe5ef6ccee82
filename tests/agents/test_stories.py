"""What users do with real agents, from `git phc start` on, each with every agent of `cases.py`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.agents.cases import CASES, Case
from tests.agents.conftest import Real
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.agents

ASKERS = [case for case in CASES if case.asks]
PLANNERS = [case for case in CASES if case.plan]


@pytest.fixture(params=CASES, ids=lambda case: case.agent)
def case(request: pytest.FixtureRequest, real: Real, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Each agent that is installed."""
    case: Case = request.param
    real(case.program)
    monkeypatch.setenv("IS_SANDBOX", "1")  # else claude gives root no bypass, and CI is root
    return case


def start(stage: Stage, case: Case, level: str, prompt: str, *words: str, code: int = 0) -> str:
    """Starts a task of this agent in a worktree."""
    asked = ("start", "-q", "-a", case.agent, "-m", "worktree", "--autonomy", level, prompt)
    done = stage.phc(*asked, *words, cwd=stage.repo)
    assert done.code == code, (done, stage.phc("logs", done.out.strip(), cwd=stage.repo))
    return done.out.strip()


def files(stage: Stage, task: str) -> list[str]:
    """What the task has changed, as git sees it."""
    return stage.run_git(stage.tree(task), "status", "--porcelain", "-uall").splitlines()


def notes(stage: Stage, task: str) -> list[str]:
    return [record["text"] for record in stage.records(task) if record["kind"] == "note"]


def asked(stage: Stage, task: str) -> list[dict[str, Any]]:
    return list(stage.show(task).get("waiting", ()))


def kill_everything(stage: Stage, task: str) -> None:
    """As a power failure would, but for what is on the disk."""
    stage.supervisor(task).kill()
    while left := stage.marked():
        for pid in left:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
    until(lambda: stage.status(task) == "interrupted")


def test_a_file_is_edited(stage: Stage, case: Case) -> None:
    prompt = f"{case.write('a.txt', 'hello')} [[say it is written]]"
    task = start(stage, case, "accept-edits", prompt)
    shown = stage.show(task)
    assert (shown["status"], shown["agent"], shown.get("reason")) == ("ready", case.agent, None)
    assert (stage.tree(task) / "a.txt").read_text() == "hello\n"
    assert shown["changes"]["files"] == 1
    assert stage.said(task).strip().endswith("it is written")
    assert (shown["usage"]["input"], shown["usage"]["output"]) == case.usage
    assert shown["run"]["session"]
    assert stage.marked() == []


@pytest.mark.parametrize("case", ASKERS, ids=lambda case: case.agent, indirect=True)
def test_a_permission_is_asked_denied_and_allowed(stage: Stage, case: Case) -> None:
    steps = f"{case.run('echo 1 > made')} [[say over]]"
    task = start(stage, case, "ask", steps, code=6)
    (ask,) = asked(stage, task)
    assert (ask["question"], ask["tool"], ask["command"]) == (
        "permission", "execute", "echo 1 > made",
    )  # fmt: skip
    stage.ok("answer", task, "--deny")
    assert files(stage, task) == []
    assert [r["status"] for r in stage.records(task) if r["kind"] == "tool"][-1] == "denied"
    assert stage.phc("send", task, steps, cwd=stage.repo).code == 6
    stage.ok("answer", task, "--allow")
    assert files(stage, task) == ["?? made"]
    assert stage.said(task).count("over") == (2 if case.goes_on else 1)


@pytest.mark.parametrize("case", ASKERS, ids=lambda case: case.agent, indirect=True)
def test_an_edit_is_asked_for_with_its_diff(stage: Stage, case: Case) -> None:
    task = start(stage, case, "ask", case.write("a.txt", "hello"), code=6)
    (ask,) = asked(stage, task)
    assert (ask["tool"], ask["paths"]) == ("edit", ["a.txt"])
    assert "+hello" in ask["text"]
    stage.ok("answer", task, "--allow")
    assert files(stage, task) == ["?? a.txt"]


def test_a_plan_writes_nothing(stage: Stage, case: Case) -> None:
    tries = f"{case.write('a', '1')} {case.run('touch b')} {case.shell('touch c')} [[say planned]]"
    task = start(stage, case, "plan", tries)
    assert files(stage, task) == []
    assert stage.said(task).strip().endswith("planned") is case.goes_on
    assert stage.status(task) == "ready"


@pytest.mark.parametrize("case", PLANNERS, ids=lambda case: case.agent, indirect=True)
def test_an_approved_plan_is_carried_out(stage: Stage, case: Case) -> None:
    steps = f"{case.write('a', '1')} {case.plan} {case.write('b', '1')} [[say done]]"
    task = start(stage, case, "plan", steps, code=6)
    assert [ask["question"] for ask in asked(stage, task)] == ["plan"]
    assert "First this" in stage.ok("answer", task).out
    assert files(stage, task) == []
    stage.ok("answer", task, "--always")
    assert stage.show(task)["autonomy"] == "accept-edits"
    assert files(stage, task) == ["?? b"]


def test_a_follow_up_remembers(stage: Stage, case: Case) -> None:
    task = start(stage, case, "ask", "[[say one]]")
    session = stage.show(task)["run"]["session"]
    stage.ok("send", task, "[[recall]]")
    assert stage.said(task).strip().endswith("I remember 1: say one")
    assert stage.show(task)["run"]["session"] == session
    assert notes(stage, task) == ["the conversation goes on"]


def test_a_rewind_and_a_fork_cut_the_agents_own_session_back(stage: Stage, case: Case) -> None:
    task = start(stage, case, "ask", "[[say one]]")
    stage.ok("send", task, "[[say two]]")
    shown = json.loads(stage.ok("checkpoints", task, "--json").out)["checkpoints"]
    first, second = [str(one["number"]) for one in shown if one["reason"] == "turn"]
    stage.ok("rewind", task, "--to", first)
    fork = stage.ok("fork", task, "--at", second, "-q").out.strip()
    for one, words, turn in ((task, "1: say one", 1), (fork, "2: say one / say two", 2)):
        stage.ok("send", one, "[[recall]]")
        assert stage.said(one).strip().endswith(f"I remember {words}")
        assert notes(stage, one)[-1].endswith(
            f"own session was cut back to what was said until turn {turn}"
        )


def test_everything_is_killed_in_mid_turn(stage: Stage, case: Case) -> None:
    task = start(stage, case, "bypass", "[[say one]]")
    stage.ok("send", "-d", task, f"[[bash {stage.wait_for_gate}]] [[recall]]")
    until(lambda: any(r.get("command") for r in stage.records(task)))
    kill_everything(stage, task)
    stage.gate.touch()
    stage.ok("resume", task)
    assert stage.status(task) == "ready"
    assert "say one" in stage.said(task).split("I remember")[1]
    assert stage.marked() == []


@pytest.mark.parametrize("case", ASKERS, ids=lambda case: case.agent, indirect=True)
def test_it_is_killed_while_it_waits_for_an_answer(stage: Stage, case: Case) -> None:
    task = start(stage, case, "ask", f"{case.run('touch made')} [[say over]]", code=6)
    kill_everything(stage, task)
    assert [ask["command"] for ask in asked(stage, task)] == ["touch made"]
    stage.ok("answer", task, "--allow")
    assert stage.status(task) == "ready"
    assert files(stage, task) == ["?? made"]


def test_a_task_moves_to_another_home_and_folder(
    stage: Stage, case: Case, new_home: Callable[[], Path], tmp_path: Path
) -> None:
    task = start(stage, case, "accept-edits", f"{case.write('a', '1')} [[say one]]")
    new_home()
    there = Stage(tmp_path / "clone", stage.phc, stage.run_git, stage.processes)
    stage.git("clone", "-q", stage.repo, there.repo)
    there.git("fetch", "-q", "origin", "refs/phc/*:refs/phc/*")
    shutil.rmtree(stage.repo)
    told = there.no(5, "resume", task)
    assert "lets its agent work at accept-edits, in another clone, and is not trusted here" in told
    there.ok("trust", "--actor", "ada@example.com")
    there.ok("resume", task)
    there.ok("send", task, "[[recall]]")
    assert "I remember" in there.said(task)
    assert "the conversation goes on, from the files that were kept with the task" in notes(
        there, task
    )
    assert (there.tree(task) / "a").exists()


@pytest.mark.parametrize("status", [400, 401])
def test_an_error_of_the_model_is_a_failure(stage: Stage, case: Case, status: int) -> None:
    task = start(stage, case, "ask", "[[say one]]")
    assert stage.phc("send", task, f"[[error {status}]]", cwd=stage.repo).code == 1
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert shown["reason"]
    stage.ok("send", task, "[[say well]]")
    assert stage.status(task) == "ready"


@pytest.mark.parametrize("command", ["sleep 300", "setsid sleep 300", "trap '' TERM; sleep 300"])
def test_stop_leaves_no_process(stage: Stage, case: Case, command: str) -> None:
    task = start(stage, case, "bypass", f"[[bash touch begun; {command}; touch ended]]", "-d")
    begun = stage.tree(task) / "begun"
    until(begun.exists)
    stage.ok("stop", task)
    assert stage.status(task) == "cancelled"
    until(lambda: stage.marked() == [], seconds=5)
    assert files(stage, task) == ["?? begun"]


@pytest.mark.parametrize("case", ASKERS, ids=lambda case: case.agent, indirect=True)
def test_stop_while_it_waits_for_an_answer(stage: Stage, case: Case) -> None:
    task = start(stage, case, "ask", f"{case.run('touch made')} [[say over]]", code=6)
    stage.ok("stop", task)
    assert stage.status(task) == "cancelled"
    assert stage.marked() == []
    stage.ok("send", task, "[[recall]]")
    assert stage.said(task).strip().endswith(case.run("touch made").strip("[]"))
    assert files(stage, task) == []
