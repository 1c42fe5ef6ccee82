"""Follow-ups: one by one, in order, none lost, whatever happens to the supervisor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from git_phc.git.repo import open_repo
from git_phc.host.lock import try_lock
from git_phc.model.ids import TaskId
from git_phc.services.context import Context
from git_phc.services.find import find
from git_phc.services.launch import claim_bodies
from git_phc.services.talk import send
from git_phc.store import layout
from tests.e2e.stage import Stage, until


@pytest.mark.slow
def test_follow_ups_are_delivered_one_by_one_in_order(stage: Stage) -> None:
    task = stage.start(stage.wait_for_gate, "-d")
    until(lambda: "begun" in stage.said(task))
    sent = [f"echo {n}" for n in range(5)]
    for text in sent:
        stage.ok("send", "-d", task, text)
    assert stage.pending(task) == 5
    stage.gate.touch()
    stage.ok("wait", task)
    assert stage.prompts(task)[1:] == sent
    assert stage.said(task).split() == ["begun", "0", "1", "2", "3", "4"]
    assert len({r["claim"] for r in stage.show(task)["checkpoints"]}) == 1  # all in one run
    assert [message["text"] for message in stage.show(task)["messages"]][1:] == sent


@pytest.mark.races
def test_ten_at_once_to_a_busy_task(stage: Stage) -> None:
    task = stage.start(stage.wait_for_gate, "-d")
    until(lambda: "begun" in stage.said(task))
    check_ten(stage, task)


@pytest.mark.races
def test_ten_at_once_to_a_task_at_rest(stage: Stage) -> None:
    check_ten(stage, stage.start("echo begun"))


@pytest.mark.slow
def test_four_at_once_to_a_task_at_rest(stage: Stage) -> None:
    check_ten(stage, stage.start("echo begun"), 4)


def check_ten(stage: Stage, task: str, count: int = 10) -> None:
    sent = [f"echo {n}" for n in range(count)]
    done = stage.at_once([["send", "-d", task, text] for text in sent])
    assert [one.code for one in done] == [0] * count, done
    stage.gate.touch()
    stage.ok("wait", task)
    shown = stage.show(task)
    assert shown["status"] == "ready"
    assert stage.pending(task) == 0
    order = [message["text"] for message in shown["messages"]][1:]
    assert sorted(order) == sorted(sent)
    assert stage.prompts(task)[1:] == order
    assert stage.said(task).split() == ["begun", *(text.split()[1] for text in order)]


@pytest.mark.slow
def test_a_message_that_comes_as_the_run_ends(stage: Stage) -> None:
    task = stage.start("true")
    sent = []
    for n in range(6):  # each finds the run before it at another point of its end
        stage.ok("send", "-d", task, f"sleep 0.{n}; echo {n}")
        sent.append(str(n))
    stage.ok("wait", task)
    assert stage.said(task).split() == sent


@pytest.mark.slow
def test_a_stop_between_follow_ups_keeps_the_rest_for_later(stage: Stage) -> None:
    task = stage.start("echo begun; sleep 300", "-d")
    until(lambda: "begun" in stage.said(task))
    for n in range(2):
        stage.ok("send", "-d", task, f"echo {n}")
    stage.ok("stop", task)
    assert stage.pending(task) == 2
    stage.ok("resume", task)
    assert stage.said(task).split() == ["begun", "0", "1"]
    assert stage.status(task) == "ready"


@pytest.mark.slow
def test_a_failed_turn_keeps_the_rest_for_later(stage: Stage) -> None:
    task = stage.start(f"{stage.wait_for_gate}; exit 1", "-d")
    until(lambda: "begun" in stage.said(task))
    stage.ok("send", "-d", task, "echo after")
    stage.gate.touch()
    stage.phc("wait", task, cwd=stage.repo)
    assert stage.status(task) == "failed"
    assert stage.pending(task) == 1
    stage.ok("resume", task)
    assert stage.said(task).split() == ["begun", "after"]


def test_a_message_that_comes_as_somebody_else_starts_the_next_run(stage: Stage) -> None:
    """They have the lock already, and their claim is seen only while it is waited for."""
    task = TaskId.parse(stage.start("echo begun"))
    ctx = Context(open_repo(stage.repo), stage.repo)
    theirs = try_lock(layout.live_lock(ctx.repo, task))
    assert theirs is not None
    with theirs, ThreadPoolExecutor() as pool:
        sent = pool.submit(send, ctx, find(ctx, task), "echo sent", lambda _: None)
        with pytest.raises(TimeoutError):
            sent.result(0.5)
        other = Context(open_repo(stage.repo), stage.repo)
        other.tasks.append(task, lambda now: claim_bodies(other, now, now.mode))
        assert sent.result(10).is_open
    assert stage.pending(task) == 1
