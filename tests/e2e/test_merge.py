"""`merge` lands a task's work and is done, or changes nothing; `undo` takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import Stage, snapshot
from tests.kit import MakeRepo, Phc, Processes, RunGit

WORK = r"""
echo committed > c.txt; git add c.txt; git commit -qm 'c by hand'
echo staged > s.txt; git add s.txt; echo again >> s.txt
echo untracked > 'with space'; printf x > "$(printf 'new\nline')"
"""


def says(stage: Stage, folder: Path) -> tuple[object, ...]:
    """Files, index, HEAD and branch of a checkout."""
    words = (("status", "--porcelain", "-zb"), ("ls-files", "-s", "-z"), ("rev-parse", "HEAD"))
    return (snapshot(folder), *(stage.run_git(folder, *word) for word in words))


def advance(stage: Stage, name: str = "mine", text: str = "mine\n") -> None:
    (stage.repo / name).write_text(text)
    stage.git("add", name)
    stage.git("commit", "-qm", f"{name} here")


def hook(stage: Stage, name: str, text: str) -> None:
    path = stage.repo / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "ahead", "parents", "commits"),
    [([], False, 1, 2), ([], True, 2, 4), (["--squash"], True, 1, 2), (["--rebase"], True, 1, 3)],
)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_each_way_and_back(
    words: list[str], ahead: bool, parents: int, commits: int, object_format: str,
    make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes,
) -> None:  # fmt: skip
    stage = Stage(make_repo(object_format=object_format), phc, git, processes)
    first = stage.git("rev-parse", "HEAD")
    task = stage.start(WORK, "--title", "The title")
    if ahead:
        advance(stage)
    tree = stage.tree(task)
    here, there = says(stage, stage.repo), says(stage, tree)
    assert stage.ok("merge", *words, task).lines[0].startswith("Merged into main: ")
    assert stage.status(task) == "done"
    assert not tree.exists()
    assert stage.git("status", "--porcelain") == ""
    assert (stage.repo / "s.txt").read_text() == "staged\nagain\n"
    assert (stage.repo / "new\nline").read_text() == "x"
    assert len(stage.git("rev-parse", "HEAD^@").split()) == parents
    assert stage.git("rev-list", "--count", f"{first}..HEAD") == str(commits)
    assert f"Phc-Task: {task}" in stage.git("log", "--format=%B")
    stage.sound()
    assert stage.ok("undo", task).lines[0].startswith("Took back merge")
    assert says(stage, stage.repo) == here
    assert says(stage, tree) == there
    assert stage.status(task) == "ready"
    stage.ok("merge", *words, task)  # and once more
    assert (stage.repo / "c.txt").read_text() == "committed\n"


@pytest.mark.parametrize("words", [[], ["--squash"], ["--rebase"]])
def test_conflicts_are_told_and_nothing_moves(words: list[str], stage: Stage) -> None:
    task = stage.start("echo T > README.md")
    advance(stage, "README.md", "O\n")
    here, there = says(stage, stage.repo), says(stage, stage.tree(task))
    assert "README.md" in stage.no(4, "merge", *words, task)
    assert (says(stage, stage.repo), says(stage, stage.tree(task))) == (here, there)
    assert stage.status(task) == "ready"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pre-commit", []), ("commit-msg", ["--squash"]), ("pre-merge-commit", []),
        ("prepare-commit-msg", []),
    ],
)  # fmt: skip
def test_a_hook_that_refuses_stops_it(name: str, words: list[str], stage: Stage) -> None:
    task = stage.start("echo x > x")
    advance(stage)
    here, there = says(stage, stage.repo), says(stage, stage.tree(task))
    hook(stage, name, "echo not so >&2; exit 1")
    assert f"{name} hook refuses: not so" in stage.no(1, "merge", *words, task)
    assert (says(stage, stage.repo), says(stage, stage.tree(task))) == (here, there)
    hook(stage, name, "exit 0")
    stage.ok("merge", *words, task)


@pytest.mark.slow
def test_a_hook_may_stage_more(stage: Stage) -> None:
    task = stage.start("echo x > x")
    advance(stage)
    hook(stage, "pre-merge-commit", "test -e x || exit 1; echo y > x; git add x")
    stage.ok("merge", task)
    assert stage.git("show", "HEAD:x") == "y"
    assert stage.git("status", "--porcelain") == ""


REFORMAT = """
git diff --cached --name-only --diff-filter=AM | while read -r name; do
    tr a-z A-Z < "$name" > "$name.new"; mv "$name.new" "$name"; git add "$name"
done
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--ff"], ["--squash"], ["--rebase"], []])
def test_a_hook_that_reformats_and_back(words: list[str], stage: Stage) -> None:
    task = stage.start("echo staged > s.txt; git add s.txt; echo new > n.txt")
    if words != ["--ff"]:
        advance(stage)
    tree = stage.tree(task)
    here, there = says(stage, stage.repo), says(stage, tree)
    hook(stage, "pre-commit", REFORMAT)
    stage.ok("merge", *words, task)
    assert (stage.repo / "s.txt").read_text() == "STAGED\n"
    assert stage.git("show", "HEAD:n.txt") == "NEW"
    assert stage.git("status", "--porcelain") == ""
    stage.ok("undo", task)
    assert says(stage, stage.repo) == here
    assert says(stage, tree) == there


def test_a_signature_that_cannot_be_made_stops_it(stage: Stage) -> None:
    task = stage.start("echo x > x")
    here, there = says(stage, stage.repo), says(stage, stage.tree(task))
    stage.git("config", "commit.gpgSign", "true")
    stage.git("config", "gpg.program", "false")
    assert "could not be signed" in stage.no(1, "merge", task)
    assert (says(stage, stage.repo), says(stage, stage.tree(task))) == (here, there)


@pytest.mark.slow
def test_my_changes_stay_or_stop_it(stage: Stage) -> None:
    task = stage.start("echo T > README.md; echo n > n")
    (stage.repo / "other").write_text("staged\n")
    stage.git("add", "other")
    (stage.repo / "README.md").write_text("mine\n")
    assert "your changes to README.md" in stage.no(1, "merge", task)
    stage.git("checkout", "-q", "README.md")
    (stage.repo / "n").write_text("mine\n")
    assert "are in the way: n." in stage.no(1, "merge", task)
    (stage.repo / "n").unlink()
    stage.ok("merge", task)
    assert stage.git("status", "--porcelain") == "A  other"
    (stage.repo / "README.md").write_text("mine\n")
    assert "your changes to README.md" in stage.no(1, "undo", task)
    advance(stage, "later")
    assert "main has moved since the merge" in stage.no(1, "undo", task)


@pytest.mark.slow
def test_what_is_under_way_stops_it(stage: Stage) -> None:
    task = stage.start("echo x > x")
    git_dir = Path(stage.run_git(stage.tree(task), "rev-parse", "--absolute-git-dir"))
    for folder in (stage.repo / ".git", git_dir):
        (folder / "MERGE_HEAD").write_text(stage.git("rev-parse", "HEAD") + "\n")
        assert "under way" in stage.no(1, "merge", task)
        (folder / "MERGE_HEAD").unlink()
    assert "own worktree" in stage.no(1, "merge", task, cwd=stage.tree(task))
    stage.git("checkout", "-q", "--detach")
    assert "on no branch" in stage.no(1, "merge", task)
    assert "no checkout" in stage.no(1, "merge", task, cwd=stage.repo / ".git")
    local = stage.start("echo x > x", "-m", "local")
    assert "works in a checkout of yours" in stage.no(1, "merge", local)


def test_all_of_it_is_there_already(stage: Stage) -> None:
    task = stage.start("true")
    assert stage.ok("merge", task).lines[0] == "All of it is on main already"
    assert stage.status(task) == "done"
    assert stage.ok("undo", task).lines[0].startswith("Took back done")


@pytest.mark.slow
def test_two_at_once(stage: Stage) -> None:
    tasks = [stage.start(f"echo {n} > f{n}") for n in (1, 2)]
    done = stage.at_once([["merge", task] for task in tasks])
    assert [one.code for one in done] == [0, 0], done
    assert stage.git("status", "--porcelain") == ""
    assert stage.git("ls-files").split() == ["README.md", "f1", "f2"]


@pytest.mark.faults
@pytest.mark.parametrize("again", [False, True])
def test_a_kill_in_the_middle_is_settled_by_the_next_command(again: bool, stage: Stage) -> None:
    """Killed by the hook that runs when the files have moved, and the branches have not."""
    task = stage.start("echo x > x")
    advance(stage)
    before = says(stage, stage.repo)
    kill = "kill -9 $(ps -o ppid= -p $PPID)"  # git's parent
    hook(stage, "pre-merge-commit", kill)
    [done] = stage.at_once([["merge", task]])
    assert done.code != 0
    assert (stage.repo / "x").exists()
    hook(stage, "pre-merge-commit", "exit 0")
    if again:
        stage.ok("merge", task)
        assert stage.status(task) == "done"
        assert stage.git("status", "--porcelain") == ""
        return
    other = stage.start("true")
    stage.ok("merge", other)
    assert says(stage, stage.repo) == before
    assert stage.status(task) == "ready"
