"""Several attempts at one prompt: started together, compared, each a task of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from git_phc.services.attempts import MOST
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.slow

FAKE = ("-a", "fake", "--autonomy", "bypass")


def attempts(stage: Stage, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """`start --json` of several; the tasks."""
    done = stage.phc("start", "--json", *words, cwd=stage.repo)
    assert (done.code, done.err) == (code, ""), done
    document = json.loads(done.out)
    assert set(document) == {"schema", "tasks"}
    tasks: list[dict[str, Any]] = document["tasks"]
    return tasks


def compared(stage: Stage, *words: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads(stage.ok("compare", "--json", *words).out)["tasks"]
    return tasks


def group_is_whole(tasks: list[dict[str, Any]]) -> None:
    """The tasks are one group, named for its first."""
    expected = [
        {"group": tasks[0]["id"], "number": number, "of": len(tasks)}
        for number in range(1, len(tasks) + 1)
    ]
    assert [task["attempt"] for task in tasks] == expected


def test_each_is_a_task_of_its_own_from_one_base(stage: Stage) -> None:
    tasks = attempts(stage, "-n", "3", *FAKE, "[[run echo $PHC_TASK > mine.txt]]")
    group_is_whole(tasks)
    assert {task["status"] for task in tasks} == {"ready"}
    assert {task["base"] for task in tasks} == {stage.git("rev-parse", "HEAD")}
    for name in ("id", "branch", "worktree"):
        assert len({task[name] for task in tasks}) == 3
    for task in tasks:
        assert (Path(task["worktree"]) / "mine.txt").read_text() == f"{task['id']}\n"
        assert "/" not in task["title"]
    stage.sound()


def test_one_by_each_agent_and_n_by_each(stage: Stage) -> None:
    stage.git("config", "phc.agents.command.command", "true")
    words = ("-a", "fake", "-a", "fake", "-n", "2", "--autonomy", "bypass", "[[say hi]]")
    tasks = attempts(stage, *words)
    group_is_whole(tasks)
    assert len(tasks) == 4


def test_what_is_said_of_them(stage: Stage) -> None:
    started = stage.ok("start", "-n", "2", *FAKE, "--title", "Twice", "[[write a|b]]")
    one, two = [line.split()[1].rstrip(":") for line in started.lines if "Started" in line]
    assert [line for line in started.lines if not line.startswith("  in ")] == [
        f"Started {one}: 1/2 Twice",
        f"Started {two}: 2/2 Twice",
        f"{one} is ready (+1 -0 lines)",
        f"{two} is ready (+1 -0 lines)",
    ]
    assert started.err == f"  git phc compare {one}  see them side by side\n"
    titles = sorted(line.partition("+1 -0  ")[2] for line in stage.ok("status").lines)
    assert titles == ["1/2 Twice", "2/2 Twice"]
    assert f"attempt   2 of 2 (git phc compare {two})" in stage.ok("status", two).lines


def test_at_a_terminal_they_are_waited_for_and_not_followed(stage: Stage) -> None:
    started = stage.ok("start", "-n", "2", *FAKE, "[[say hello]]", tty=True)
    assert "hello\n" not in started.out.replace("[[say hello]]", "")
    assert started.out.count(" is ready") == 2


def test_the_exit_code_is_that_of_wait(stage: Stage) -> None:
    first = "[ -e ../first ] || { touch ../first; exit 3; }"
    mixed = attempts(stage, "-n", "2", "x", "--", "sh", "-c", first, code=1)
    assert sorted(task["status"] for task in mixed) == ["failed", "ready"]
    asked = stage.phc("start", "-n", "2", "-a", "fake", "[[write a|b]]", cwd=stage.repo)
    assert asked.code == 6
    assert asked.err.count("see what it asks") == 2


def test_detached_only_their_ids(stage: Stage) -> None:
    words = ("-d", "-q", "-n", "2", *FAKE, "[[sleep 60]]")
    ids = stage.ok("start", *words).lines
    assert len(ids) == len(set(ids)) == 2
    until(lambda: {stage.status(id) for id in ids} <= {"running", "queued"})
    stage.ok("stop", *ids)


def test_two_groups_at_once(stage: Stage) -> None:
    words = ["start", "-n", "2", "--json", *FAKE, "[[say hi]]"]
    groups = []
    for done in stage.at_once([words, words]):
        assert (done.code, done.err) == (0, "")
        groups.append(json.loads(done.out)["tasks"])
        group_is_whole(groups[-1])
    ids = [[task["id"] for task in tasks] for tasks in groups]
    assert len({*ids[0], *ids[1]}) == 4
    for group in ids:
        assert [task["id"] for task in compared(stage, group[1])] == group


def test_one_has_the_form_of_many_and_no_group(stage: Stage) -> None:
    (task,) = attempts(stage, "-n", "1", *FAKE, "[[say hi]]")
    assert "attempt" not in task


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-n", "0"), 2, "0 is not in the range"),
        (("-n", "-1"), 2, "-1 is not in the range"),
        (("-n", "1000"), 2, "1000 is not in the range"),
        (("-n", "two"), 2, "'two' is not a valid integer"),
        (("-n", str(MOST), "-a", "fake"), 2, f"{2 * MOST} attempts are too many"),
        (("-n", "2", "--branch", "mine"), 2, "each attempt has a branch of its own"),
        (("-n", "2", "-m", "local"), 2, "each attempt needs a worktree of its own"),
        (("-n", "2", "-b", "nowhere"), 1, "'nowhere' names no commit"),
        (("-a", "nobody"), 1, "nobody"),
        (("-a", "claude", "--", "true"), 2, "the words after -- are a command"),
    ],
)
def test_what_is_refused_and_nothing_is_made(
    stage: Stage, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in stage.no(code, "start", "-d", "-a", "fake", "x", *words)
    assert stage.left_behind() == []


def test_local_mode_by_the_settings_is_refused_too(stage: Stage) -> None:
    stage.git("config", "phc.mode", "local")
    assert "--mode worktree" in stage.no(2, "start", "-n", "2", *FAKE, "x")
    assert len(attempts(stage, "-n", "2", "-m", "worktree", *FAKE, "[[say hi]]")) == 2


def test_a_dry_run_makes_nothing(stage: Stage) -> None:
    words = ("-n", "2", "--dry-run", *FAKE, "Do it")
    planned = attempts(stage, *words)
    assert [plan["title"] for plan in planned] == ["Do it", "Do it"]
    assert stage.ok("start", *words).lines[0] == "Would start 2 attempts: Do it"
    assert stage.left_behind() == []


def test_when_one_cannot_be_started_those_before_it_stand(stage: Stage) -> None:
    once = stage.repo.parent / "once"
    stage.git("config", "filter.once.clean", "cat")
    stage.git("config", "filter.once.required", "true")
    (stage.repo / ".gitattributes").write_text("README.md filter=once\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "A file that can be checked out once")
    stage.git("config", "filter.once.smudge", f"mkdir '{once}' && cat")
    done = stage.phc("start", "-n", "3", *FAKE, "[[say hi]]", cwd=stage.repo)
    assert done.code == 1, done
    assert done.out.count("Started ") == 1
    assert done.out.count(" is ready") == 1
    assert "Not all attempts could be started; those that were go on." in done.err
    assert "smudge filter once failed" in done.err
    tasks = compared(stage, "-")
    assert [task["status"] for task in tasks] == ["ready", "failed"]


def test_any_of_them_means_all_and_several_mean_themselves(stage: Stage) -> None:
    tasks = attempts(stage, "-n", "3", *FAKE, "[[use 10 5 0.25]] [[write a.txt|one]]")
    ids = [task["id"] for task in tasks]
    shown = compared(stage, ids[1])
    assert [task["id"] for task in shown] == ids
    for task in shown:
        assert (task["turns"], task["usage"]["usd"]) == (1, 0.25)
        assert task["changes"] == {"files": 1, "added": 1, "removed": 0, "ahead": 0, "behind": 0}
        assert task["worked"] >= 0
    assert [task["id"] for task in compared(stage, ids[2], ids[0], ids[2])] == [ids[2], ids[0]]
    stage.ok("done", ids[0])
    stage.ok("delete", ids[1])
    left = compared(stage, ids[2])
    assert [(task["id"], task["status"]) for task in left] == [(ids[0], "done"), (ids[2], "ready")]
    assert stage.ok("compare", "-q", ids[2]).lines == [ids[0], ids[2]]


def test_side_by_side(stage: Stage) -> None:
    words = ("-n", "2", *FAKE, "--title", "Twice", "[[use 1000 23 0.5]] [[write a.txt|one]]")
    one, two = [task["short"] for task in attempts(stage, *words)]
    shown = stage.ok("compare", one)
    head, names, *rows = shown.lines
    assert head == "Twice"
    assert names.split() == [
        "task", "no.", "agent", "status", "files", "lines", "commits", "turns", "worked", "tokens",
        "cost",
    ]  # fmt: skip
    for row, short, number in zip(rows, (one, two), ("1/2", "2/2"), strict=True):
        cells = row.split()
        assert cells[:9] == ["●", short, number, "fake", "ready", "1", "+1", "-0", "0"]
        assert cells[-3:] == ["1023", "0.50", "USD"]
    told = [" ".join(line.split()) for line in shown.err.splitlines()]
    assert f"git phc diff {one} see what it changed" in told
    assert f"git phc merge {one} take it" in told
    assert f"git phc done {two} put the others away" in told


def test_tasks_that_are_no_attempts(stage: Stage) -> None:
    one, two = stage.start("true", "--title", "One"), stage.start("exit 3", code=1)
    said = stage.no(1, "compare", one)
    assert said == (
        f"git phc: the task {one[:8]} is none of several attempts at one prompt. "
        "Name another one, too: git phc compare TASK TASK"
    )
    shown = stage.ok("compare", one, two).lines
    assert [line.split()[-1] for line in shown] == ["title", "One", "3"]
    stage.no(3, "compare", one, "nowhere")
    stage.no(2, "compare")


def test_how_two_differ(stage: Stage) -> None:
    one, two = stage.start("echo a > one; echo x > both"), stage.start("echo y > both")
    assert stage.ok("diff", "--name-only", one, two).lines == ["both", "one"]
    shown = stage.ok("diff", one, two).lines
    assert [line for line in shown if line in ("-x", "+y", "-a")] == ["-x", "+y", "-a"]
    stage.no(3, "diff", one, "nowhere")
    for option in (("--turn", "1"), ("--json",)):
        assert "are of one task" in stage.no(2, "diff", one, two, *option)
