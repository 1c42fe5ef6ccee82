"""Conversations span runs: by the agent's own session, its kept files, or the transcript."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from git_phc.agents.fake import Fake
from git_phc.plugins.protocols import Turn
from tests.e2e.stage import Stage

FOLDER = ".git-phc-fake"


def notes(stage: Stage, task: str) -> list[str]:
    return [record["text"] for record in stage.records(task) if record["kind"] == "note"]


@pytest.mark.slow
def test_a_follow_up_remembers(stage: Stage, home: Path) -> None:
    task = stage.fake("[[say one]]")
    session = stage.show(task)["run"]["session"]
    stage.ok("send", task, "[[recall]]")
    assert "[[say one]]" in stage.said(task)
    assert stage.show(task)["run"]["session"] == session
    assert notes(stage, task) == ["the conversation goes on"]


@pytest.mark.slow
def test_the_sessions_files_come_back(stage: Stage, home: Path) -> None:
    task = stage.fake("[[say one]]")
    shutil.rmtree(home / FOLDER)
    stage.ok("send", task, "[[recall]]")
    assert "[[say one]]" in stage.said(task)
    assert notes(stage, task) == [
        "the conversation goes on, from the files that were kept with the task"
    ]


def test_a_session_of_a_strange_name_is_not_taken(tmp_path: Path) -> None:
    turn = Turn("", tmp_path / "prompt", tmp_path, {"HOME": str(tmp_path)}, tmp_path)
    for name in ("../evil", "/etc/evil", "", "0" * 15):
        assert Fake().import_session(name, {"prompts.json": b"[]"}, turn) is None
        assert not Fake().has_session(name, turn)
    assert Fake().import_session("0" * 16, {"other": b""}, turn) is None
    assert list(tmp_path.iterdir()) == []


def test_a_session_is_looked_for_without_a_home_in_the_environment(tmp_path: Path) -> None:
    turn = Turn("", tmp_path / "prompt", tmp_path, {}, tmp_path)
    assert not Fake().has_session("0" * 16, turn)


@pytest.mark.slow
def test_what_was_said_is_told_where_the_agent_has_nothing(stage: Stage, home: Path) -> None:
    task = stage.fake("[[say one]]")
    stage.ok("edit", task, "--agent", "parrot")
    stage.ok("edit", task, "--agent", "fake")
    shutil.rmtree(home / FOLDER)
    stage.git("update-ref", "-d", f"refs/phc/runs/{task}")
    stage.ok("send", task, "[[say two]]")
    assert notes(stage, task) == []  # nothing is left that could be told
    shutil.rmtree(home / FOLDER)
    runs = stage.git("ls-tree", "-r", "--name-only", f"refs/phc/runs/{task}").splitlines()
    assert [name.partition("/")[2] for name in runs] == ["000001.jsonl", "session/2/prompts.json"]


def test_resume_after_the_end_says_to_go_on(stage: Stage) -> None:
    task = stage.fake("[[say one]]")
    stage.ok("resume", task)
    assert stage.prompts(task)[1] == "Go on with the task."
    assert stage.said(task) == "one\n"


def test_a_record_that_is_too_deep_hides_no_other(stage: Stage) -> None:
    task = stage.fake("[[say one]]")
    ref, run = f"refs/phc/runs/{task}", stage.show(task)["run"]["id"]
    name = f"{run}/000001.jsonl"
    said = "[" * 200_000 + "\n" + stage.git("cat-file", "blob", f"{ref}:{name}") + "\n"
    blob = stage.git("hash-object", "-w", "--stdin", input=said)
    inner = stage.git("mktree", input=f"100644 blob {blob}\t000001.jsonl\n")
    top = stage.git("mktree", input=f"040000 tree {inner}\t{run}\n")
    stage.git("update-ref", ref, stage.git("commit-tree", "-m", "forged", top))
    assert "one" in stage.ok("logs", task).out
    stage.ok("send", task, "[[recall]]")


@pytest.mark.slow
def test_usage_adds_up(stage: Stage) -> None:
    task = stage.fake("[[use 10 2 0.5]] [[use 20 4 1.0]]")
    stage.ok("send", task, "[[use 5 1]]")
    shown = stage.show(task)
    assert shown["usage"] == {"input": 25, "output": 5, "cached": 0, "usd": 1.0}
    assert [run["usage"]["input"] for run in shown["runs"]] == [20, 5]
    listed = json.loads(stage.ok("status", "--json").out)["tasks"]
    assert listed[0]["usage"] == shown["usage"]
    assert "25 tokens in, 5 out, 1.00 USD" in stage.ok("show", task).out


@pytest.mark.slow
def test_the_budget_stops_a_run_and_keeps_its_work(stage: Stage) -> None:
    stage.git("config", "phc.budget", "0.50usd")
    task = stage.fake("[[write a|1]] [[use 1 1 0.75]] [[sleep 30]]", "--autonomy", "bypass", code=1)
    shown = stage.show(task)
    assert (shown["status"], shown["changes"]["files"]) == ("failed", 1)
    assert shown["reason"] == "the budget of 0.50 USD a run is used up (0.75 USD)"
    stage.git("config", "phc.budget", "100tok")
    assert stage.phc("send", task, "[[use 99 2]] [[sleep 30]]", cwd=stage.repo).code == 1
    assert stage.show(task)["reason"] == "the budget of 100 tokens a run is used up (101)"


def test_a_budget_in_dollars_for_who_tells_no_price_is_noted(stage: Stage) -> None:
    stage.git("config", "phc.budget", "0.50usd")
    task = stage.fake("[[use 99 99]]")
    stage.phc("send", task, "[[use 99 99]]", cwd=stage.repo)
    notes = [one["text"] for one in stage.records(task) if "phc.budget" in str(one.get("text"))]
    assert notes == ["fake has told no price, so phc.budget in dollars bounds nothing"] * 2


def test_a_budget_that_is_none(stage: Stage) -> None:
    stage.git("config", "phc.budget", "a lot")
    assert "phc.budget is 'a lot'" in stage.no(2, "start", "-a", "fake", "[[say x]]")
