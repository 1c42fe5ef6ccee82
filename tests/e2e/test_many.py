"""Many at once: twenty starts, twenty labels, two who want the same task."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, until

# An agent that records how many of its kind are at work, at its beginning, and works a while.
CLERK = """
touch "$ROLL/$PHC_TASK.at-work"
ls "$ROLL" | grep -c at-work >> "$ROLL/counts"
sleep "$WORK"
rm "$ROLL/$PHC_TASK.at-work"
echo "$PHC_TASK" > mine.txt
"""


def start_many(stage: Stage, roll: Path, count: int, jobs: int, work: str) -> list[str]:
    """Starts tasks all at once; their ids."""
    roll.mkdir()
    stage.git("config", "phc.jobs", str(jobs))
    script = CLERK.replace("$ROLL", str(roll)).replace("$WORK", work)
    words = [["start", "-d", "-q", f"task {n}", "--", "sh", "-c", script] for n in range(count)]
    done = stage.at_once(words)
    assert [(one.code, one.err) for one in done] == [(0, "")] * count
    return [one.out.strip() for one in done]


def check_many(stage: Stage, roll: Path, tasks: list[str], jobs: int) -> None:
    stage.ok("wait", *tasks)
    shown = [stage.show(task) for task in tasks]
    assert {task["status"] for task in shown} == {"ready"}
    assert len({task["branch"] for task in shown}) == len(tasks)
    assert len({task["worktree"] for task in shown}) == len(tasks)
    for task in shown:
        assert (Path(task["worktree"]) / "mine.txt").read_text() == task["id"] + "\n"
        head = stage.run_git(Path(task["worktree"]), "symbolic-ref", "HEAD")
        assert head == f"refs/heads/{task['branch']}"
    counts = [int(line) for line in (roll / "counts").read_text().split()]
    assert len(counts) == len(tasks)
    assert max(counts) <= jobs


@pytest.mark.slow
def test_five_starts_at_once(stage: Stage, tmp_path: Path) -> None:
    tasks = start_many(stage, tmp_path / "roll", 5, 2, "0.3")
    assert len(set(tasks)) == 5
    check_many(stage, tmp_path / "roll", tasks, 2)


@pytest.mark.races
def test_twenty_starts_at_once(stage: Stage, tmp_path: Path) -> None:
    roll = tmp_path / "roll"
    tasks = start_many(stage, roll, 20, 3, "1.5")
    assert len(set(tasks)) == 20
    listed = json.loads(stage.ok("status", "--json", "--all").out)["tasks"]
    assert {task["id"] for task in listed} == set(tasks)
    states = [task["status"] for task in listed]
    assert states.count("running") <= 3
    until(lambda: (roll / "counts").exists() and "3" in (roll / "counts").read_text().split())
    check_many(stage, roll, tasks, 3)
    stage.git("config", "phc.pool", "0")
    stage.ok("done", *tasks)
    assert stage.git("worktree", "list").count("\n") == 0
    stage.sound()


@pytest.mark.slow
def test_six_labels_at_once(stage: Stage) -> None:
    labels_at_once(stage, 6)


@pytest.mark.races
def test_twenty_labels_at_once(stage: Stage) -> None:
    labels_at_once(stage, 20)


def labels_at_once(stage: Stage, count: int) -> None:
    task = stage.start("true")
    labels = [f"label-{n:02}" for n in range(count)]
    done = stage.at_once([["edit", task, "--label", label] for label in labels])
    assert [one.code for one in done] == [0] * count, done
    assert stage.show(task)["labels"] == labels


def test_of_two_resumes_one_wins(stage: Stage) -> None:
    task = stage.start("sleep 2", "-d")
    stage.ok("stop", task)
    done = stage.at_once([["resume", "-d", task]] * 2)
    assert sorted(one.code for one in done) == [0, 1]
    assert "this task runs here already" in "".join(one.err for one in done)
    stage.ok("stop", task)
    assert len({r.get("claim") for r in stage.show(task)["checkpoints"] if r.get("claim")}) <= 2


@pytest.mark.slow
def test_of_two_tasks_in_one_checkout_one_wins(stage: Stage) -> None:
    words = ["start", "-d", "-q", "x", "-m", "local", "--", "sleep", "5"]
    done = stage.at_once([words] * 3)
    assert sorted(one.code for one in done) == [0, 1, 1], done
    winner = next(one.out.strip() for one in done if one.code == 0)
    for one in done:
        if one.code:
            assert f"the task {winner[:8]} runs in this checkout" in one.err
    assert [ref for ref in stage.refs() if "tasks" in ref] == [f"refs/phc/tasks/{winner}"]
    stage.ok("stop", winner)


@pytest.mark.slow
def test_what_ends_while_its_supervisor_tidies_up_can_be_used_at_once(stage: Stage) -> None:
    task = stage.start("true")
    for _ in range(3):
        stage.ok("send", task, "true")
    stage.ok("done", task)
    begun = time.monotonic()
    stage.ok("undo", task)
    assert time.monotonic() - begun < 10
