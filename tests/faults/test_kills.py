"""`kill -9` of the supervisor, and of all there is: nothing is lost, and `resume` goes on."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest

from git_phc.model import decide
from git_phc.model.ids import TaskId
from git_phc.services.context import open_context
from tests.e2e.stage import Stage, seeded, until

pytestmark = pytest.mark.faults

BUSY = "echo begun >> log; echo line; echo line 2; echo work > work; sleep 300"


def begin(stage: Stage, prompt: str = BUSY) -> str:
    task = stage.start(prompt, "-d")
    until(lambda: "line 2" in stage.said(task))
    return task


def kill(stage: Stage, task: str) -> None:
    """Ends the supervisor as nothing else does, and waits until the system has seen it off:
    the leader of its threads may be gone while another still holds what is open.
    """
    stage.supervisor(task).kill()
    until(lambda: stage.status(task) == "interrupted")


def test_a_killed_supervisor_shows_and_resume_goes_on(stage: Stage) -> None:
    task = begin(stage)
    kill(stage, task)
    shown = stage.show(task)
    assert shown["status"] == "interrupted"
    assert stage.said(task) == "line\nline 2\n"
    orphans = stage.marked()
    assert orphans
    stage.ok("resume", "-d", task)
    assert not set(orphans) & set(stage.marked())
    until(lambda: stage.said(task).count("line 2") == 2)
    stage.ok("stop", task)
    assert stage.said(task) == "line\nline 2\n" * 2
    assert (stage.tree(task) / "log").read_text() == "begun\n" * 2
    assert list((stage.repo / ".git/phc/runs").iterdir()) == []


@pytest.mark.parametrize(
    "word", ["stop", "send", "done", pytest.param("delete", marks=pytest.mark.slow)]
)
def test_what_can_be_done_with_an_interrupted_task(stage: Stage, word: str) -> None:
    task = begin(stage)
    kill(stage, task)
    if word in ("done", "delete"):
        assert "was interrupted" in stage.no(1, word, task)
        assert stage.status(task) == "interrupted"
        stage.ok("stop", task)
        stage.ok(word, task)
        stage.ok("undo", task)
    elif word == "send":
        stage.ok("send", "-d", task, "echo sent")
        until(lambda: stage.said(task).count("line 2") == 2)  # the cut-off turn first
        stage.ok("stop", task)
        stage.ok("resume", task)
        assert stage.said(task).endswith("sent\n")
    else:
        stage.ok("stop", task)
        assert stage.status(task) == "cancelled"
    until(lambda: stage.marked() == [], seconds=5)
    assert stage.said(task).startswith("line\nline 2\n")
    assert (stage.tree(task) / "work").read_text() == "work\n"


def test_follow_ups_survive_the_kill_in_order(stage: Stage) -> None:
    task = begin(stage, "[ -e log ] && exit; " + BUSY)
    sent = [f"echo {n}" for n in range(3)]
    for text in sent:
        stage.ok("send", "-d", task, text)
    kill(stage, task)
    stage.ok("resume", task)
    assert stage.prompts(task)[2:] == sent
    assert stage.said(task) == "line\nline 2\n0\n1\n2\n"


def test_all_is_killed_and_resume_goes_on(stage: Stage) -> None:
    task = begin(stage)
    for process in (stage.supervisor(task), *map(psutil.Process, stage.marked())):
        process.kill()
    assert stage.status(task) == "interrupted"
    stage.ok("resume", "-d", task)
    until(lambda: stage.said(task).count("line 2") == 2)
    stage.ok("stop", task)
    stage.sound()


def test_a_supervisor_that_is_told_to_end_keeps_the_work(stage: Stage) -> None:
    task = begin(stage)
    process = stage.supervisor(task)
    process.terminate()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert stage.status(task) == "interrupted"
    assert stage.marked() == []
    assert stage.show(task)["checkpoints"][-1]["reason"] == "interrupted"
    assert stage.git("rev-parse", "--verify", f"refs/phc/runs/{task}")
    stage.ok("stop", task)


def test_a_record_that_was_cut_in_two_is_mended(stage: Stage) -> None:
    task = begin(stage)
    kill(stage, task)
    (journal,) = (stage.repo / ".git/phc/runs").glob("*/journal.jsonl")
    with journal.open("ab") as file:
        file.write(
            '{"at":"2026-01-01","kind":"text","stream":"stdout","text":"half ä'.encode()[:-1]
        )
    assert stage.said(task) == "line\nline 2\n"
    stage.ok("stop", task)
    assert stage.said(task) == "line\nline 2\nhalf "


def test_the_next_run_after_a_kill_in_the_line(stage: Stage) -> None:
    stage.git("config", "phc.jobs", "1")
    first = begin(stage)
    second = stage.start("echo second", "-d")
    kill(stage, second)
    assert stage.status(second) == "interrupted"
    stage.ok("stop", first)
    stage.ok("resume", second)
    assert stage.said(second) == "second\n"


def test_a_run_that_loses_its_claim_ends_its_agent_and_writes_nothing_more(stage: Stage) -> None:
    task = begin(stage)
    process = stage.supervisor(task)
    open_context(stage.repo, os.environ).tasks.append(
        TaskId.parse(task),
        lambda now: [decide.claim(now, host="elsewhere", mode="worktree", holder_is_dead=True)],
    )
    before = stage.git("for-each-ref", "refs/phc")
    psutil.wait_procs([process], timeout=30)
    until(lambda: stage.status(task) == "interrupted")
    assert stage.git("for-each-ref", "refs/phc") == before
    assert stage.marked() == []
    assert list((stage.repo / ".git/phc/live").iterdir()) == []
    assert (stage.tree(task) / "work").read_text() == "work\n"
    stage.ok("stop", task)
    assert stage.said(task).startswith("line\nline 2\n")


COUNT = """
n=$(cat n 2>/dev/null || echo 0)
while [ $n -lt 40 ]; do n=$((n+1)); echo $n > n; echo said $n; sleep 0.05; done
"""


@pytest.mark.faults
def test_kills_at_random_moments_lose_nothing(stage: Stage) -> None:
    chance = seeded()
    task = stage.start(COUNT, "-d")
    kills = 0
    while stage.status(task) != "ready":
        time.sleep(chance.uniform(0, 0.8))
        before = stage.said(task)
        if stage.status(task) not in ("queued", "preparing", "running"):
            continue
        with_supervisor = [
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if {"git_phc.run", task} <= set(process.info["cmdline"] or ())
        ]
        for pid in with_supervisor:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            kills += 1
        until(lambda: stage.status(task) in ("interrupted", "ready"))
        assert stage.said(task).startswith(before)
        if stage.status(task) == "interrupted":
            stage.ok("resume", "-d", task)
        if kills > 15:
            stage.ok("wait", task)
    # What stood in the pipe when its reader was killed is lost, and only that: nothing that
    # was kept is told twice or out of order.
    said = [int(line.split()[1]) for line in stage.said(task).splitlines()]
    assert said == sorted(set(said))
    assert (stage.tree(task) / "n").read_text() == "40\n"
    assert stage.marked() == []
    stage.sound()
