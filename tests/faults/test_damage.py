"""No repository, damaged refs, tasks of a version to come, folders that cannot be written."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, until
from tests.kit import Phc, run_program, unavailable

pytestmark = pytest.mark.faults

WORDS = ("show", "logs", "done", "delete", "resume", "send", "edit", "diff", "path", "stop", "wait")


def words_for(word: str, task: str) -> list[str]:
    extra = {"send": ["more"], "edit": ["--label", "x"]}
    return [word, task, *extra.get(word, [])]


@pytest.mark.parametrize("word", ["status", "start", "undo", "doctor", "config", *WORDS])
def test_not_a_repository(phc: Phc, tmp_path: Path, word: str) -> None:
    words = {"start": ["start", "x", "--", "true"], "status": ["status"], "undo": ["undo"]}
    done = phc(*words.get(word, [word] if word in ("doctor", "config") else words_for(word, "x")))
    assert done.code == 1
    assert done.err.startswith(f"git phc: {tmp_path} is not in a Git repository.\n")
    assert len(done.err.splitlines()) == 2


def damages(stage: Stage, good: str) -> dict[str, str]:
    """For each way in which a task's ref can be damaged what its file says then."""
    blob = stage.git("hash-object", "-w", "--stdin", input="no task")
    odd = stage.git("mktree", input=f"100644 blob {blob}\ttask.json\n")
    return {
        "a blob": f"{blob}\n",
        "no task.json": stage.git("rev-parse", "HEAD") + "\n",
        "another task's": stage.git("rev-parse", f"refs/phc/tasks/{good}") + "\n",
        "no JSON": stage.git("commit-tree", odd, "-m", "x") + "\n",
        "a missing object": "1234567890" * 4 + "\n",
        "an empty file": "",
    }


@pytest.mark.faults
def test_damaged_tasks(stage: Stage) -> None:
    good, lost = stage.start("true", "--title", "the good one"), stage.start("echo x > x")
    tree, folder = stage.tree(lost), stage.repo / ".git/refs/phc/tasks"
    written = {}
    for letter, (kind, content) in zip("zyxwvu", damages(stage, good).items(), strict=True):
        name = lost if kind == "a blob" else letter * 32
        (folder / name).write_text(content)
        written[name] = content
    listed = stage.phc("status", "--json", cwd=stage.repo)
    assert [one["id"] for one in json.loads(listed.out)["tasks"]] == [good]
    named = [name for name in written if name[:12] in listed.err]
    assert len(named) >= len(written) - 1  # git itself passes over an empty file, with a warning
    assert "the good one" in stage.phc("status", cwd=stage.repo).out
    for name in written:
        for word in WORDS if name == lost else ("show", "done", "send"):
            done = stage.phc(*words_for(word, name), cwd=stage.repo)
            assert done.code in (1, 3), (word, done)
            assert "Traceback" not in done.err
            assert "defect" not in done.err, (word, done)
            assert 1 <= len(done.err.splitlines()) <= 2
    assert {name: (folder / name).read_text() for name in written} == written
    assert (tree / "x").exists()
    stage.ok("edit", good, "--label", "x")
    assert stage.status(stage.start("true")) == "ready"


def test_a_task_of_a_version_to_come(stage: Stage) -> None:
    good, task = stage.start("true"), stage.start("echo x > x", "--title", "From the future")
    ref = f"refs/phc/tasks/{task}"
    body = json.loads(stage.git("cat-file", "blob", f"{ref}:task.json"))
    body |= {"v": 99, "something new": {"x": 1}}
    blob = stage.git("hash-object", "-w", "--stdin", input=json.dumps(body))
    lines = stage.git("ls-tree", ref).splitlines()
    kept = [line for line in lines if not line.endswith("\ttask.json")]
    tree = stage.git("mktree", input="\n".join([*kept, f"100644 blob {blob}\ttask.json", ""]))
    tip = stage.git("commit-tree", tree, "-p", ref, "-m", "from the future")
    stage.git("update-ref", ref, tip)
    assert "From the future" in stage.ok("status").out
    assert stage.show(task)["title"] == "From the future"
    for word in ("done", "delete", "resume", "send", "edit"):
        said = stage.no(1, *words_for(word, task))
        assert "was written by a newer version (v99)" in said
    assert stage.git("rev-parse", ref) == tip
    assert (stage.tree(task) / "x").exists()
    stage.ok("done", good)


def test_no_such_task_and_too_many(stage: Stage) -> None:
    stage.start("true")
    for word in WORDS:
        assert "there is no task" in stage.no(3, *words_for(word, "zzzz"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = run_program(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)])
    if mounted.code:
        unavailable(f"needs the right to mount: {mounted.err.strip()}")
    yield place
    run_program(["umount", "-l", str(place)])


def test_a_disk_that_is_full_while_the_worktree_is_made(stage: Stage, small_disk: Path) -> None:
    (stage.repo / "big").write_bytes(os.urandom(3_000_000))
    stage.git("add", "big")
    stage.git("commit", "-qm", "big")
    stage.git("config", "phc.worktreeDir", str(small_disk / "trees"))
    done = stage.phc("start", "-q", "x", "--", "sh", "-c", "echo x > x", cwd=stage.repo)
    assert done.code == 1
    assert "unable to write file big" in done.err
    (task,) = stage.ok("status", "-q").out.split()
    assert "unable to write file big" in stage.show(task)["reason"]
    assert stage.status(task) == "failed"
    assert list(small_disk.rglob("*")) == []
    assert [ref for ref in stage.refs() if ref.startswith("refs/heads/phc")] == []
    assert stage.git("worktree", "list").count("\n") == 0
    assert run_program(["mount", "-o", "remount,size=20m", str(small_disk)]).code == 0
    stage.ok("resume", task)
    assert (stage.tree(task) / "x").exists()


def test_a_parent_that_cannot_be_written_to(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stage.git("config", "phc.worktreeDir", str(tmp_path / "file" / "below"))
    said = stage.phc("start", "-q", "x", "--", "true", cwd=stage.repo).err
    assert "cannot be made: not a directory" in said
    (task,) = stage.ok("status", "-q").out.split()
    assert stage.status(task) == "failed"
    stage.git("config", "--unset", "phc.worktreeDir")
    assert stage.phc("resume", task, cwd=stage.repo).code in (0, 1)
    stage.ok("delete", task)


def test_a_place_beside_the_repository_that_is_read_only(stage: Stage, small_disk: Path) -> None:
    inner = small_disk / "repo"
    stage.git("clone", "-q", ".", inner)
    assert run_program(["mount", "--bind", str(inner), str(inner)]).code == 0
    try:
        assert run_program(["mount", "-o", "remount,bind,ro", str(small_disk)]).code == 0
        there = Stage(inner, stage.phc, stage.run_git, stage.processes)
        done = there.phc("start", "-q", "x", "--", "true", cwd=inner)
        assert "cannot be written to, so the worktree is in" in done.err
        assert done.code == 0
        assert there.tree(done.out.strip()).is_dir()
    finally:
        run_program(["umount", "-l", str(inner)])


def test_a_full_disk_under_the_repository(stage: Stage, small_disk: Path) -> None:
    repo = small_disk / "repo"
    stage.git("clone", "-q", ".", repo)
    there = Stage(repo, stage.phc, stage.run_git, stage.processes)
    stage.run_git(repo, "config", "phc.worktreeDir", str(stage.repo.parent / "trees"))
    task = there.start("echo x > x")
    filler = small_disk / "filler"
    with contextlib.suppress(OSError):
        filler.write_bytes(bytes(2_000_000))
    tip = there.git("rev-parse", f"refs/phc/tasks/{task}")
    for words in (["done", task], ["edit", task, "--label", "x"], ["send", task, "true"]):
        (done,) = there.at_once([words])
        assert done.code == 1
        assert "Traceback" not in done.err
        assert "defect" not in done.err
    filler.unlink()
    assert there.tree(task).is_dir()
    assert stage.run_git(repo, "merge-base", tip, f"refs/phc/tasks/{task}") == tip
    until(lambda: there.status(task) not in ("queued", "preparing", "running"))
    if there.status(task) == "interrupted":
        there.ok("stop", task)
    there.ok("done", task)
    there.ok("undo", task)
    assert (there.tree(task) / "x").exists()
    assert there.git("fsck", "--no-dangling") == ""
