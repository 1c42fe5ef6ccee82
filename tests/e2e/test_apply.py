"""`apply` stages a task's changes here, or changes nothing and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import Stage, snapshot
from tests.kit import MakeRepo, Phc, Processes, RunGit

pytestmark = pytest.mark.slow

WORK = r"""
echo committed > c.txt; git add c.txt; git commit -qm c
echo staged > s.txt; git add s.txt
echo untracked > 'with space'; printf x > "$(printf 'new\nline')"
echo changed > README.md
"""


def state(stage: Stage) -> tuple[object, ...]:
    """Files, index and HEAD of the checkout."""
    words = (("status", "--porcelain", "-z"), ("ls-files", "-s", "-z"), ("rev-parse", "HEAD"))
    return (snapshot(stage.repo), *(stage.git(*word) for word in words))


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_all_of_it_is_staged_and_nothing_committed(
    object_format: str, make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes
) -> None:
    stage = Stage(make_repo(object_format=object_format), phc, git, processes)
    task = stage.start(WORK)
    head = stage.git("rev-parse", "HEAD")
    (stage.repo / "mine").write_text("mine\n")
    stage.git("add", "mine")
    said = stage.ok("apply", task)
    assert said.lines[0].startswith("Staged 5 files of ")
    assert sorted(stage.git("status", "--porcelain", "-z").split("\0")[:-1]) == [
        "A  c.txt", "A  mine", "A  new\nline", "A  s.txt", "A  with space", "M  README.md",
    ]  # fmt: skip
    assert stage.git("rev-parse", "HEAD") == head
    assert (stage.repo / "README.md").read_text() == "changed\n"
    assert stage.status(task) == "ready"
    before = state(stage)
    stage.ok("apply", task)  # once more is the same
    assert state(stage) == before
    stage.sound()


def test_the_work_of_a_task_that_is_done_from_its_checkpoint(stage: Stage) -> None:
    task = stage.start("echo x > x")
    stage.ok("done", task)
    assert stage.ok("apply", "-q", task).lines == [task]
    assert stage.git("status", "--porcelain") == "A  x"


def test_only_what_the_task_did_against_its_base(stage: Stage) -> None:
    first = stage.git("rev-parse", "HEAD")
    (stage.repo / "later").write_text("later\n")
    stage.git("add", "later")
    stage.git("commit", "-qm", "later")
    task = stage.start("echo x > x")
    stage.git("reset", "-q", "--hard", first)
    stage.ok("apply", task)
    assert stage.git("status", "--porcelain") == "A  x"


@pytest.mark.parametrize(
    ("theirs", "ours", "files"),
    [
        ("echo T > README.md", "echo O > README.md", "README.md (contents)"),
        ("git rm -q README.md", "echo O > README.md", "README.md (modify/delete)"),
        ("git mv README.md new", "git rm -q README.md", "new and README.md (rename/delete)"),
        ("printf 'a\\0' > bin", "printf 'b\\0' > bin", "bin ("),
        ("echo x > 'a b'", "mkdir 'a b'; echo y > 'a b/c'", "a b (file/directory)"),
        ("ln -s a link", "ln -s b link", "link (contents)"),
        ("echo x > new; chmod +x new", "ln -s b new", "new (distinct modes)"),
    ],
)
def test_conflicts_are_told_and_nothing_moves(
    theirs: str, ours: str, files: str, stage: Stage
) -> None:
    task = stage.start(theirs)
    stage.phc("start", "-m", "local", ours, "--", "sh", "-c", ours, cwd=stage.repo)
    stage.git("add", "-A")
    stage.git("commit", "-qm", "ours")
    before = state(stage)
    said = stage.no(4, "apply", task)
    assert f"conflict with what is committed here: {files}" in said
    assert state(stage) == before


def test_my_own_changes_are_never_overwritten(stage: Stage) -> None:
    task = stage.start("echo T > README.md; echo n > 'new one'; mkdir d; echo x > d/f")
    (stage.repo / "README.md").write_text("mine\n")
    before = state(stage)
    assert "your changes to README.md would be overwritten" in stage.no(1, "apply", task)
    assert state(stage) == before
    stage.git("add", "README.md")
    before = state(stage)
    assert "your changes to README.md would be overwritten" in stage.no(1, "apply", task)
    assert state(stage) == before
    stage.git("reset", "-q", "--hard")
    (stage.repo / "new one").write_text("mine\n")
    (stage.repo / "d").write_text("a file\n")
    said = stage.no(1, "apply", task)
    assert "files that git does not track are in the way: d, new one" in said
    (stage.repo / ".gitignore").write_text("*\n")
    assert said == stage.no(1, "apply", task)  # ignored ones, too
    assert (stage.repo / "new one").read_text() == "mine\n"


def test_a_folder_of_mine_is_where_a_file_would_be(stage: Stage) -> None:
    task = stage.start("echo x > d")
    (stage.repo / "d").mkdir()
    (stage.repo / "d/mine").write_text("mine\n")
    assert "are in the way: d/mine" in stage.no(1, "apply", task)
    (stage.repo / "d/mine").unlink()
    stage.ok("apply", task)
    assert (stage.repo / "d").read_text() == "x\n"


def test_unresolved_conflicts_of_mine_stop_it(stage: Stage) -> None:
    task = stage.start("echo x > x")
    blob = stage.git("hash-object", "-w", "README.md")
    stage.git("update-index", "--index-info", input=f"100644 {blob} 1\tR\n100644 {blob} 2\tR\n")
    assert "still to be resolved: R." in stage.no(1, "apply", task)


def test_where_there_is_nothing_to_apply_or_to_apply_to(
    stage: Stage, make_repo: MakeRepo, phc: Phc
) -> None:
    task = stage.start("true")
    assert "nothing to apply" in stage.no(1, "apply", task)
    assert "the task's own worktree" in stage.no(1, "apply", task, cwd=stage.tree(task))
    assert "no checkout here" in stage.no(1, "apply", task, cwd=stage.repo / ".git")
    local = stage.start("echo x > x", "-m", "local")
    assert "works in a checkout of yours" in stage.no(1, "apply", local)
    assert "no task" in stage.no(3, "apply", "zzzz")


def test_a_checkout_of_another_folder(stage: Stage, tmp_path: Path) -> None:
    task = stage.start("echo x > x")
    other = tmp_path / "other"
    stage.git("worktree", "add", "-q", "-b", "other", other)
    stage.ok("apply", task, cwd=other)
    assert stage.run_git(other, "status", "--porcelain") == "A  x"
    assert stage.git("status", "--porcelain") == ""
