"""Checkpoints, rewind, fork, archive: files and conversation go back, and nothing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import Stage, until

BYPASS = ("--autonomy", "bypass")


def make(stage: Stage, *words: str) -> str:
    """A task of three turns: each says a word; a file more, another one, one less and a commit."""
    task = stage.fake("[[write a|1]] [[say one]]", *BYPASS, *words)
    stage.ok("send", task, "[[write b|2]] [[say two]]")
    stage.ok("send", task, "[[run rm a; git add b; git commit -qm more]] [[say three]]")
    return task


def listed(stage: Stage, task: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stage.ok("checkpoints", task, "--json").out)[
        "checkpoints"
    ]
    return found


def after_turn(stage: Stage, task: str, turn: int) -> int:
    ends = [one for one in listed(stage, task) if one["reason"] == "turn" and one["turn"] == turn]
    return int(ends[-1]["number"])


def files(tree: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in tree.iterdir() if path.name != ".git"}


def told(stage: Stage, task: str) -> str:
    """What the agent is given before its next message."""
    stage.ok("send", task, "[[say now]]")
    notes = [record for record in stage.records(task) if record["kind"] == "note"]
    return str(notes[-1]["text"])


@pytest.mark.slow
def test_the_list_of_checkpoints(stage: Stage) -> None:
    task = make(stage)
    found = listed(stage, task)
    assert [one["number"] for one in found] == list(range(len(found)))
    assert [one["turn"] for one in found if one["reason"] == "turn"] == [1, 2, 3]
    assert found[0]["reason"] == "start"
    assert all(one["size"] >= 0 for one in found)
    shown = stage.ok("checkpoints", task)
    assert len(shown.lines) == len(found)
    assert f"Go back: git phc rewind {task[:8]} --to N" in shown.err


@pytest.mark.slow
def test_what_one_turn_has_changed(stage: Stage) -> None:
    task = make(stage)
    assert stage.ok("diff", task, "--turn", "2", "--name-only").out == "b\n"
    assert stage.ok("diff", task, "--turn", "3", "--name-only").out == "a\n"
    assert "nothing is kept of a turn 9" in stage.no(1, "diff", task, "--turn", "9")


@pytest.mark.slow
def test_files_branch_and_conversation_go_back_and_undo_brings_all_back(stage: Stage) -> None:
    task = make(stage)
    tree, branch = stage.tree(task), stage.show(task)["branch"]
    before, tip = files(tree), stage.git("rev-parse", branch)
    stage.ok("rewind", task, "--to", str(after_turn(stage, task, 1)))
    assert files(tree) == {"README.md": before["README.md"], "a": "1\n"}
    assert stage.git("rev-parse", branch) == stage.show(task)["base"]
    stage.git("reflog", "expire", "--expire=now", "--all")
    stage.git("gc", "-q", "--prune=now")
    stage.ok("undo", task)
    assert files(tree) == before
    assert stage.git("rev-parse", branch) == tip
    assert told(stage, task) == CUT.format(3)
    assert remembered(stage, task) == ["one", "two", "three", "now"]


CUT = "the agent's own session was cut back to what was said until turn {}"
REPLAYED = "the agent's own record of the conversation could not be cut back, so it was told what"


def remembered(stage: Stage, task: str) -> list[str]:
    """Which words the fake agent's own session has, in its order."""
    session = stage.show(task)["run"]["session"]
    (file,) = Path.home().glob(f".git-phc-fake/{session}.json")
    return re.findall(r"\[\[say (\w+)\]\]", " ".join(json.loads(file.read_text())))


@pytest.mark.slow
def test_what_was_taken_back_is_not_remembered(stage: Stage) -> None:
    task = make(stage)
    whole = stage.show(task)["run"]["session"]
    stage.ok("rewind", task, "--to", str(after_turn(stage, task, 1)))
    assert told(stage, task) == CUT.format(1)
    assert remembered(stage, task) == ["one", "now"]
    stage.ok("send", task, "[[say later]]")  # and from there on it is its own session again
    assert remembered(stage, task) == ["one", "now", "later"]
    assert stage.show(task)["run"]["session"] != whole
    stage.ok("rewind", task, "--to", str(after_turn(stage, task, 3)))
    assert told(stage, task) == CUT.format(3)
    assert remembered(stage, task) == ["one", "two", "three", "now"]


@pytest.mark.slow
def test_a_session_that_was_not_kept_is_told_anew(stage: Stage) -> None:
    task = make(stage)
    stage.ok("edit", task, "--agent", "parrot")
    stage.ok("edit", task, "--agent", "fake")
    stage.ok("rewind", task, "--to", str(after_turn(stage, task, 1)))
    forget_sessions(stage, task)
    assert told(stage, task).startswith(REPLAYED)
    assert remembered(stage, task) == ["one", "now"]


def forget_sessions(stage: Stage, task: str) -> None:
    """Takes the agent's own files out of the transcript."""
    ref = f"refs/phc/runs/{task}"
    tops = []
    for line in stage.git("ls-tree", ref).splitlines():
        inner = stage.git("ls-tree", line.split()[2]).splitlines()
        rest = "".join(f"{one}\n" for one in inner if not one.endswith("session"))
        tree = stage.git("mktree", input=rest)
        tops.append(f"040000 tree {tree}\t{line.split()[3]}\n")
    tree = stage.git("mktree", input="".join(tops))
    stage.git("update-ref", ref, stage.git("commit-tree", tree, "-m", "forgotten"))


@pytest.mark.slow
def test_rewind_to_the_beginning(stage: Stage) -> None:
    task = make(stage)
    stage.ok("rewind", task, "--to", "0")
    assert list(files(stage.tree(task))) == ["README.md"]
    stage.ok("rewind", task, "--to", str(after_turn(stage, task, 2)))
    assert files(stage.tree(task))["b"] == "2\n"


def test_staged_and_not_come_back_as_they_were(stage: Stage) -> None:
    task = stage.fake("[[write a|1]]", *BYPASS)
    tree = stage.tree(task)
    (tree / "a").write_text("staged\n")
    stage.run_git(tree, "add", "a")
    (tree / "a").write_text("and more\n")
    stage.ok("rewind", task, "--to", "0")
    assert not (tree / "a").exists()
    stage.ok("undo", task)
    assert (tree / "a").read_text() == "and more\n"
    assert stage.run_git(tree, "show", ":a") == "staged"


def test_rewind_of_a_local_task_leaves_what_is_ignored(stage: Stage) -> None:
    (stage.repo / ".gitignore").write_text("build\n")
    (stage.repo / "mine").write_text("mine\n")
    (stage.repo / "build").write_text("built\n")
    task = stage.fake("[[write a|1]] [[run echo more >> mine]]", *BYPASS, "-m", "local")
    stage.ok("rewind", task, "--to", "0")
    assert (stage.repo / "mine").read_text() == "mine\n"
    assert (stage.repo / "build").read_text() == "built\n"
    assert not (stage.repo / "a").exists()
    stage.ok("undo", task)
    assert (stage.repo / "mine").read_text() == "mine\nmore\n"
    assert (stage.repo / "a").exists()


def test_rewind_of_a_local_task_moves_no_branch(stage: Stage) -> None:
    task = stage.fake("[[run echo x > x; git add x; git commit -qm x]]", *BYPASS, "-m", "local")
    tip = stage.git("rev-parse", "HEAD")
    assert "no branch is moved" in stage.no(4, "rewind", task, "--to", "0")
    assert stage.git("rev-parse", "HEAD") == tip


@pytest.mark.slow
def test_what_cannot_be_rewound(stage: Stage) -> None:
    task = stage.fake("[[write a|1]]", *BYPASS)
    assert "has no checkpoint 99" in stage.no(1, "rewind", task, "--to", "99")
    nested = stage.tree(task) / "nested"
    stage.run_git(stage.tree(task), "init", "-q", "nested")
    (nested / "work").write_text("x\n")
    assert "nested" in stage.no(1, "rewind", task, "--to", "0")
    assert (nested / "work").exists()
    assert (stage.tree(task) / "a").exists()
    stage.ok("stop", stage.fake("[[sleep 60]]", "-d"), "-q")
    busy = stage.fake("[[sleep 60]]", "-d")
    stage.no(1, "rewind", busy, "--to", "0")
    stage.ok("stop", busy)


@pytest.mark.slow
def test_a_fork_has_the_files_and_the_words_until_then(stage: Stage) -> None:
    task = make(stage)
    before = files(stage.tree(task)), stage.show(task)["history"]
    number = after_turn(stage, task, 2)
    words = stage.ok("fork", task, "--at", str(number), "--json")
    shown = json.loads(words.out)
    fork = shown["id"]
    assert (shown["status"], shown["mode"]) == ("ready", "worktree")
    assert shown["branch"] != stage.show(task)["branch"]
    assert sorted(files(Path(shown["worktree"]))) == ["README.md", "a", "b"]
    assert stage.pending(fork) == 0
    session = stage.show(task)["run"]["session"]
    assert told(stage, fork) == CUT.format(2)
    assert remembered(stage, fork) == ["one", "two", "now"]
    assert remembered(stage, task) == ["one", "two", "three"]
    assert stage.show(fork)["run"]["session"] != session
    assert (files(stage.tree(task)), stage.show(task)["history"]) == before
    stage.ok("delete", task)
    stage.ok("gc", "--drop", task, "-y")
    stage.git("gc", "-q", "--prune=now")
    stage.ok("done", fork)
    stage.ok("undo", fork)
    stage.sound()


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_a_fork_of_a_fork_knows_what_was_said_on_its_own_way(stage: Stage, kept: bool) -> None:
    task = make(stage)
    first = fork_of(stage, task, after_turn(stage, task, 2))
    stage.ok("send", first, "[[say other]]")  # its turn 3, and another one than the task's
    second = fork_of(stage, first, after_turn(stage, first, 3))
    third = fork_of(stage, second, 0)  # of one that never ran
    for fork in (second, third):
        if not kept:
            forget_sessions(stage, fork)
        stage.ok("send", fork, "[[say now]]")
        assert remembered(stage, fork) == ["one", "two", "other", "now"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("rebase", "-q", "--exec", "false", "HEAD~1"), "a rebase"),
        (("bisect", "start", "HEAD", "HEAD~1"), "a bisect"),
    ],
)
def test_a_fork_in_the_middle_of_what_ends_on_the_branch_is_refused(
    stage: Stage, words: tuple[str, ...], what: str
) -> None:
    task = stage.start("echo x > x; git add x; git commit -qm x")
    tree, branch = stage.tree(task), stage.show(task)["branch"]
    tip = stage.git("rev-parse", branch)
    stage.run_git(tree, *words, check=False)
    said = stage.no(1, "fork", task)
    assert f"{what} was under way in {task[:8]}" in said
    assert "git phc checkpoints" in said
    assert stage.ok("status", "-q").out.split() == [task]
    now = listed(stage, task)[-1]["number"]
    assert what in stage.no(1, "fork", task, "--at", str(now))
    fork_of(stage, task, 0)
    stage.run_git(tree, words[0], "--abort" if words[0] == "rebase" else "reset")
    stage.ok("fork", task)
    assert stage.git("rev-parse", branch) == tip


def fork_of(stage: Stage, task: str, number: int) -> str:
    return stage.ok("fork", task, "--at", str(number), "-q").out.strip()


def test_a_fork_of_how_it_stands_now(stage: Stage) -> None:
    task = stage.fake("[[write a|1]]", *BYPASS)
    (stage.tree(task) / "mine").write_text("typed since\n")
    fork = stage.ok("fork", task, "-q").out.strip()
    assert files(stage.tree(fork))["mine"] == "typed since\n"
    (stage.tree(fork) / "mine").unlink()
    assert (stage.tree(task) / "mine").exists()


@pytest.mark.slow
def test_a_fork_from_before_the_first_turn_is_given_the_prompt(stage: Stage) -> None:
    task = stage.fake("[[write a|1]] [[say one]]", *BYPASS)
    fork = stage.ok("fork", task, "--at", "0", "-q").out.strip()
    assert list(files(stage.tree(fork))) == ["README.md"]
    stage.ok("resume", fork)
    assert stage.prompts(fork)[-1] == "[[write a|1]] [[say one]]"


@pytest.mark.slow
def test_a_running_task_is_forked_from_its_last_checkpoint(stage: Stage) -> None:
    task = stage.fake("[[write a|1]]", *BYPASS)
    stage.ok("send", "-d", task, "[[write b|1]] [[sleep 60]]")
    until((stage.tree(task) / "b").exists)
    fork = stage.ok("fork", task, "-q").out.strip()
    assert sorted(files(stage.tree(fork))) == ["README.md", "a"]
    stage.ok("stop", task)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["unarchive", "undo"])
def test_archive_and_back(stage: Stage, verb: str) -> None:
    task = make(stage)
    tree = stage.tree(task)
    (tree / "tool").write_text("#!/bin/sh\n")
    (tree / "tool").chmod(0o700)
    stage.run_git(tree, "add", "tool")
    (tree / "tool").write_text("#!/bin/sh\ntrue\n")
    before, mode = files(tree), (tree / "tool").stat().st_mode
    stage.ok("archive", task)
    assert not tree.exists()
    assert stage.show(task)["archived"] is True
    assert stage.ok("status").out == "Not shown: 1 archived (git phc status --all)\n"
    assert "this task is archived" in stage.no(1, "send", task, "more")
    assert "archived already" in stage.no(1, "archive", task)
    stage.git("gc", "-q", "--prune=now")
    stage.ok(verb, task)
    assert (files(tree), (tree / "tool").stat().st_mode) == (before, mode)
    assert stage.run_git(tree, "show", ":tool") == "#!/bin/sh"
    assert stage.status(task) == "ready"


def test_archive_of_a_local_task_touches_nothing(stage: Stage) -> None:
    task = stage.fake("[[write a|1]]", *BYPASS, "-m", "local")
    stage.ok("archive", task)
    assert (stage.repo / "a").exists()
    stage.ok("unarchive", task)
    assert stage.status(task) == "ready"


# What git calls it, how it begins, and how it is gone on with when a.txt is resolved.
UNDER_WAY = {
    "merge": ("merge side", "commit -qm merged"),
    "rebase": ("rebase --onto side HEAD~1", "-c core.editor=true rebase --continue"),
    "cherry-pick": ("cherry-pick side", "-c core.editor=true cherry-pick --continue"),
    "revert": ("revert --no-edit HEAD~1", "-c core.editor=true revert --continue"),
}


@pytest.mark.slow
@pytest.mark.parametrize("ends", ["on", "abort"])
@pytest.mark.parametrize("what", UNDER_WAY)
def test_in_the_middle_of_it(stage: Stage, what: str, ends: str) -> None:
    """Put away, brought back, taken back to before it and into it again; then gone on with."""
    begin, go_on = UNDER_WAY[what]
    commit = "echo {0} > a.txt; git add a.txt; git commit -qm {0}"
    task = stage.start(
        f"{commit.format('one')}; git checkout -qb side; {commit.format('theirs')}; "
        f"git checkout -q -; {commit.format('two')}; {commit.format('three')}; git {begin}; true"
    )
    tree = stage.tree(task)
    before = stage.run_git(tree, "status"), files(tree)
    assert "UU a.txt" in stage.run_git(tree, "status", "--porcelain")
    assert f"a {what} is under way" in stage.no(1, "merge", task)
    stage.ok("archive", task)
    stage.ok("unarchive", task)
    assert (stage.run_git(tree, "status"), files(tree)) == before
    stage.ok("rewind", task, "--to", "0")
    assert list(files(tree)) == ["README.md"]
    stage.ok("undo", task)
    assert (stage.run_git(tree, "status"), files(tree)) == before
    if ends == "abort":
        stage.run_git(tree, what, "--abort")
        assert files(tree)["a.txt"] == "three\n"
    else:
        (tree / "a.txt").write_text("resolved\n")
        stage.run_git(tree, "add", "a.txt")
        stage.run_git(tree, *go_on.split())
        assert stage.run_git(tree, "show", "HEAD:a.txt") == "resolved"
    assert stage.run_git(tree, "status", "--porcelain") == ""
