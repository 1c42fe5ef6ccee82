"""The warm pool: a worktree that was put away is the next task's, and tells nothing of the last."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.git.repo import open_repo
from git_phc.git.reuse import OWN, wash
from tests.e2e.stage import Stage, snapshot, until

PASSING = {"logs", "phc-task", "ORIG_HEAD"}  # `git worktree add` leaves its own trace of a reset
READY = "git phc keeps it for a next task"


def slots(stage: Stage) -> list[Path]:
    """The folders of the slots that are ready."""
    blocks = stage.git("worktree", "list", "--porcelain").split("\n\n")
    ready = [block.splitlines()[0] for block in blocks if f"locked {READY}" in block]
    return [Path(line.removeprefix("worktree ")) for line in ready]


def warm(stage: Stage, prompt: str = "true") -> Path:
    """Starts a task, ends it, and waits for the slot that its worktree becomes."""
    task = stage.start(prompt)
    before = len(slots(stage))
    stage.ok("done", task)
    until(lambda: len(slots(stage)) > before)
    return slots(stage)[-1]


def is_reused(slot: Path, tree: Path, inode: int) -> bool:
    return not slot.exists() and tree.stat().st_ino == inode


def admin(tree: Path) -> Path:
    return Path((tree / ".git").read_text().removeprefix("gitdir: ").strip())


def state(stage: Stage, tree: Path) -> list[object]:
    """All of a worktree that its next user could see, but for its own name."""
    refs = stage.run_git(tree, "for-each-ref", "--format=%(refname)").splitlines()
    return [
        snapshot(tree),
        {str(p.relative_to(tree)): p.stat().st_mode for p in tree.rglob("*") if p.is_dir()},
        {p.name: (p.stat().st_nlink, os.listxattr(p)) for p in tree.rglob("*") if p.is_file()},
        tree.stat().st_mode,
        sorted(p.name for p in admin(tree).iterdir() if p.name not in PASSING),
        stage.run_git(tree, "status", "--ignored", "--porcelain=2", "-uall"),
        stage.run_git(tree, "ls-files", "-v", "-s"),
        stage.run_git(tree, "ls-files", "--resolve-undo"),
        stage.run_git(tree, "config", "--list", "--show-origin"),
        stage.run_git(tree, "stash", "list"),
        stage.run_git(tree, "fsck", "--no-dangling", check=False),
        [ref for ref in refs if not ref.startswith(("refs/phc/", "refs/heads/"))],
    ]


def plant(stage: Stage, tree: Path, outside: Path) -> None:
    """Leaves in a worktree what a task could leave there, of every kind."""
    git = stage.run_git
    one = git(tree, "rev-parse", "HEAD")
    # files: ignored, untracked, a repository, empty folders, names, links, pipes
    (tree / "secret.env").write_text("KEY=secret\n")
    (tree / "node_modules/pkg").mkdir(parents=True)
    (tree / "node_modules/pkg/index.js").write_text("1\n")
    (tree / "untracked").write_text("x")
    (tree / "empty/deep").mkdir(parents=True)
    os.mkfifo(tree / "pipe")
    with open(os.path.join(os.fsencode(tree), b"odd\n\xff"), "w"):
        pass
    git(tree, "init", "-q", "nested")
    (tree / "nested/.git/hooks/post-checkout").write_text("#!/bin/sh\n")
    (tree / "to-outside").symlink_to(outside)
    # tracked files: changed, staged, hidden from git, of another kind, mode, owner of the bytes
    (tree / "src/a").write_text("changed")
    git(tree, "add", "src/a")
    git(tree, "update-index", "--assume-unchanged", "src/b")
    git(tree, "update-index", "--skip-worktree", "src/c")
    (tree / "src/b").write_text("hidden")
    (tree / "src/c").write_text("hidden")
    (tree / "mode").chmod(0o600)
    (tree / "run").chmod(0o644)
    os.link(tree / "linked", outside / "twin")
    (tree / "README.md").unlink()
    (tree / "README.md").mkdir()
    (tree / "README.md/inside").write_text("x")
    shutil.rmtree(tree / "lib")
    (tree / "lib").symlink_to(outside)
    (tree / "src").chmod(0o700)
    os.setxattr(tree / "attr", "user.note", b"secret") if attributes(tree) else None
    # what git keeps for this worktree alone
    git(tree, "update-ref", "refs/bisect/bad", one)
    git(tree, "update-ref", "refs/worktree/mine", one)
    git(tree, "update-ref", "ORIG_HEAD", one)
    git(tree, "update-index", "--untracked-cache", "--split-index")
    for name in ("COMMIT_EDITMSG", "FETCH_HEAD", "phc-landing", "whatever"):
        (admin(tree) / name).write_text("secret")


def attributes(tree: Path) -> bool:
    try:
        os.setxattr(tree / "attr", "user.probe", b"x")
        os.removexattr(tree / "attr", "user.probe")
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_a_reused_worktree_shows_nothing_of_its_former_task(stage: Stage, tmp_path: Path) -> None:
    for name in ("src/a", "src/b", "src/c", "mode", "run", "linked", "lib/x", "attr"):
        (stage.repo / name).parent.mkdir(exist_ok=True)
        (stage.repo / name).write_text(name)
    (stage.repo / "run").chmod(0o755)
    (stage.repo / ".gitignore").write_text("*.env\nnode_modules/\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "files")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("mine")
    new = stage.start("true")  # in a new worktree: what the other one must be like
    old = stage.start("true", "--title", "secret title")
    tree = stage.tree(old)
    plant(stage, tree, outside)
    inode = tree.stat().st_ino
    (tree / "nested/.git").rename(tree / "nested/git")  # else it stops the removal, by name
    stage.ok("archive", old)
    until(lambda: slots(stage))
    (slot,) = slots(stage)
    (outside / "twin").write_text("changed by its owner")
    task = stage.start("true")
    reused = stage.tree(task)
    assert not (reused / "pipe").exists()
    assert is_reused(slot, reused, inode)
    assert state(stage, reused) == state(stage, stage.tree(new))
    log = stage.run_git(reused, "log", "-g", "--format=%gs", "HEAD").split()
    assert log == []
    assert "secret" not in str(admin(reused))
    assert (outside / "x").read_text() == "mine"
    stage.ok("unarchive", old)
    assert (tree / "src/b").read_text() == "hidden"


def test_washing_ends_whatever_was_under_way(stage: Stage) -> None:
    tree = stage.repo.parent / "tree"
    stage.git("worktree", "add", "-q", "--detach", tree)
    one = stage.git("rev-parse", "HEAD")
    for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"):
        (admin(tree) / name).write_text(f"{one}\n")
    for name in ("MERGE_MSG", "BISECT_LOG", "BISECT_START"):
        (admin(tree) / name).write_text("secret")
    for folder in ("rebase-merge", "rebase-apply", "sequencer"):
        (admin(tree) / folder).mkdir()
        (admin(tree) / folder / "done").write_text("secret")
    assert wash(open_repo(tree), frozenset())
    assert {path.name for path in admin(tree).iterdir()} == {*OWN - {"locked"}, "index"}


def rebase(stage: Stage, tree: Path) -> None:
    (admin(tree) / "rebase-merge").mkdir()
    (admin(tree) / "rebase-merge/head-name").write_text("refs/heads/main\n")


def sparse(stage: Stage, tree: Path) -> None:
    stage.run_git(tree, "sparse-checkout", "set", "src")


def own_settings(stage: Stage, tree: Path) -> None:
    stage.git("config", "extensions.worktreeConfig", "true")
    stage.run_git(tree, "config", "--worktree", "core.hooksPath", "/tmp/evil")


def orphan(stage: Stage, tree: Path) -> None:
    stage.run_git(tree, "switch", "-q", "--orphan", "nothing")


@pytest.mark.parametrize(
    "change",
    [own_settings, *(pytest.param(c, marks=pytest.mark.slow) for c in (sparse, orphan, rebase))],
)
def test_what_cannot_be_washed_is_deleted(
    stage: Stage, change: Callable[[Stage, Path], None]
) -> None:
    task = stage.start("true")
    tree = stage.tree(task)
    change(stage, tree)
    stage.ok("archive", task)
    until(lambda: not list(tree.parent.glob(".*")))
    assert stage.git("worktree", "list").count("\n") == 0


def edited(slot: Path) -> None:
    (slot / "README.md").write_text("changed\n")


def added(slot: Path) -> None:
    (slot / "mine").write_text("dear to me\n")


def ignored(slot: Path) -> None:
    (slot / "mine.o").write_text("dear to me\n")


def committed(slot: Path) -> None:
    words = ["commit", "-q", "--allow-empty", "-m", "dear to me"]
    subprocess.run(["git", "-C", slot, *words], check=True)


def moved(slot: Path) -> None:
    slot.rename(slot.with_name("elsewhere"))


def replaced(slot: Path) -> None:
    slot.rename(slot.with_name("elsewhere"))
    shutil.copytree(slot.with_name("elsewhere"), slot, symlinks=True)
    (slot / ".git").write_text("gitdir: /nowhere\n")


def linked(slot: Path) -> None:
    moved(slot)
    slot.symlink_to("elsewhere")


def gone(slot: Path) -> None:
    shutil.rmtree(slot)


TOUCHES = [edited, added, ignored, committed, moved, replaced, linked, gone]


@pytest.mark.slow
@pytest.mark.parametrize(
    "touch",
    [p if p in (added, moved) else pytest.param(p, marks=pytest.mark.slow) for p in TOUCHES],
)
def test_a_slot_that_was_touched_is_neither_used_nor_deleted(
    stage: Stage, touch: Callable[[Path], None]
) -> None:
    (stage.repo / ".gitignore").write_text("*.o\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "rules")
    slot = warm(stage)
    touch(slot)
    there = [path for path in (slot, slot.with_name("elsewhere")) if path.exists()]
    before = [snapshot(path) for path in there]
    task = stage.start("echo done > made")
    assert stage.status(task) == "ready"
    assert stage.run_git(stage.tree(task), "status", "--porcelain", "--ignored") == "?? made"
    stage.ok("gc")
    assert [snapshot(path) for path in there] == before
    assert slots(stage) == []


@pytest.mark.slow
def test_it_says_so_where_somebody_has_been_in_a_slot(stage: Stage) -> None:
    slot = warm(stage)
    added(slot)
    done = stage.ok("start", "-d", "next", "--", "true")
    assert f"{slot} was kept for a next task, and somebody has changed it" in done.err
    stage.git("worktree", "remove", "--force", slot)  # it is a usual worktree from now on


@pytest.mark.slow
def test_a_slot_follows_its_branch_far(stage: Stage) -> None:
    for number in range(30):
        (stage.repo / f"old{number}").write_text(f"{number}\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "many")
    first = stage.git("rev-parse", "HEAD~1")
    slot = warm(stage)
    inode = slot.stat().st_ino
    stage.git("mv", "old1", "new1")
    stage.git("rm", "-q", "old2")
    (stage.repo / "old3").write_text("changed\n")
    stage.git("commit", "-qam", "other")
    tree = stage.tree(stage.start("true"))
    assert is_reused(slot, tree, inode)
    expected = {name: found for name, found in snapshot(stage.repo).items() if name != ".git"}
    assert snapshot(tree) == expected
    slot = warm(stage)
    back = stage.start("true", "--base", first)
    assert sorted(path.name for path in stage.tree(back).iterdir()) == [".git", "README.md"]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_no_more_are_kept_than_the_user_wants(stage: Stage, limit: int) -> None:
    tasks = [stage.start("true") for _ in range(2)]
    kept = warm(stage)
    stage.git("config", "phc.pool", str(limit))
    for task in tasks:
        stage.ok("done", task)
    assert slots(stage) == [kept]
    stage.ok("gc")
    assert slots(stage) == [kept][:limit]
    until(lambda: len(list(kept.parent.glob("*"))) == limit)


@pytest.mark.parametrize("words", [["start", "x", "--", "true"], ["gc"]])
@pytest.mark.parametrize("said", ["-1", "²"])
def test_a_pool_that_is_no_number(stage: Stage, words: list[str], said: str) -> None:
    stage.git("config", "phc.pool", said)
    assert f"phc.pool is {said!r}, which is no whole number of at least 0" in stage.no(2, *words)


@pytest.mark.slow
def test_none_is_taken_by_who_wants_no_pool(stage: Stage) -> None:
    slot = warm(stage)
    stage.git("config", "phc.pool", "0")
    stage.start("true")
    assert slots(stage) == [slot]


@pytest.mark.slow
def test_the_hook_of_the_repository_runs_in_a_reused_worktree_too(stage: Stage) -> None:
    warm(stage)
    hook = stage.repo / ".git/hooks/post-checkout"
    hook.write_text('#!/bin/sh\necho "$@" > hooked\n')
    hook.chmod(0o755)
    head = stage.git("rev-parse", "HEAD")
    tree = stage.tree(stage.start("true"))
    assert (tree / "hooked").read_text() == f"{'0' * 40} {head} 1\n"


@pytest.mark.slow
def test_a_sparse_checkout_gives_sparse_worktrees_and_takes_no_slot(stage: Stage) -> None:
    (stage.repo / "src").mkdir()
    (stage.repo / "src/a").write_text("a")
    (stage.repo / "lib").mkdir()
    (stage.repo / "lib/b").write_text("b")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "files")
    slot = warm(stage)
    stage.git("sparse-checkout", "set", "src")
    tree = stage.tree(stage.start("true"))
    assert sorted(path.name for path in tree.iterdir()) == [".git", "README.md", "src"]
    assert slots(stage) == [slot]


@pytest.mark.races
def test_many_starts_and_few_slots(stage: Stage) -> None:
    tasks = [stage.start("true") for _ in range(2)]
    stage.ok("done", *tasks)
    until(lambda: len(slots(stage)) == 2)
    inodes = {slot.stat().st_ino for slot in slots(stage)}
    words = ["start", "-d", "-q", "both", "--", "sh", "-c", "git status --porcelain > ../$PHC_RUN"]
    done = stage.at_once([words] * 8)
    assert [(one.code, one.err) for one in done] == [(0, "")] * 8
    stage.ok("wait", *(one.out.strip() for one in done))
    trees = [stage.tree(one.out.strip()) for one in done]
    assert len(set(trees)) == 8
    assert inodes <= {tree.stat().st_ino for tree in trees}
    for tree in trees:
        assert stage.run_git(tree, "status", "--porcelain", "--ignored") == ""
    assert slots(stage) == []
    both = stage.at_once([["done", one.out.strip()] for one in done])
    assert [one.code for one in both] == [0] * 8
    until(lambda: slots(stage) and not list(trees[0].parent.glob(".trash-*")))
    stage.ok("gc")
    assert len(slots(stage)) <= 2
    stage.sound()


def test_the_record_of_a_dead_writer_goes_with_the_rest(stage: Stage) -> None:
    record = stage.repo / ".git/phc/writers/dead"
    task = stage.start("true")
    record.write_text("refs/phc/tasks/x")  # it was killed when it had moved it
    stage.ok("done", task)
    until(lambda: not stage.housekeepers())
    assert not record.exists()
