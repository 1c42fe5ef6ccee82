"""Refs of a task that somebody else moves while it runs: the run ends with a word of it, and
nothing of what was said is lost.
"""

from __future__ import annotations

from tests.e2e.stage import Stage

RUNS = "refs/phc/runs/$PHC_TASK"


def test_a_transcript_that_was_moved_under_a_run(stage: Stage) -> None:
    task = stage.start("echo first")
    away = f"git update-ref {RUNS}-kept {RUNS}; git update-ref -d {RUNS}"
    assert stage.phc("send", task, f"echo second; {away}", cwd=stage.repo).code == 1
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert "was changed by somebody else" in shown["reason"]
    assert "could not be stored with the task" in shown["reason"]
    assert "second" in stage.said(task)  # from the journal, which stays
    assert [path for path in stage.left_behind() if path.startswith("runs/")]

    stage.git("update-ref", f"refs/phc/runs/{task}", f"refs/phc/runs/{task}-kept")
    stage.git("update-ref", "-d", f"refs/phc/runs/{task}-kept")
    stage.ok("send", task, "echo third")
    assert stage.said(task).split() == ["first", "second", "third"]
    assert not [path for path in stage.left_behind() if path.startswith("runs/")]
