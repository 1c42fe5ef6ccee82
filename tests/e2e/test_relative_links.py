"""Worktrees whose two links are relative paths, as git writes them from 2.48 on where it is told
to (`worktree.useRelativePaths`).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from git_phc.git.repo import open_repo
from git_phc.git.reuse import rename_admin
from git_phc.git.worktrees import points_back
from tests.e2e.stage import Stage, until


def relate(tree: Path) -> Path:
    """Makes the links of a worktree relative; its administrative folder."""
    admin = open_repo(tree).git_dir
    (tree / ".git").write_text(f"gitdir: {os.path.relpath(admin, tree)}\n")
    (admin / "gitdir").write_text(f"{os.path.relpath(tree / '.git', admin)}\n")
    return admin


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["0", "1"])
@pytest.mark.parametrize("verb", ["done", "delete", "archive"])
def test_a_task_is_ended_and_comes_back(stage: Stage, verb: str, pool: str) -> None:
    stage.git("config", "phc.pool", pool)
    task = stage.start("echo made > made")
    tree = stage.tree(task)
    relate(tree)
    stage.ok(verb, task)
    assert not tree.exists()
    until(lambda: not stage.housekeepers())
    stage.ok("undo", task)
    assert (tree / "made").read_text() == "made\n"


def test_another_name_keeps_the_kind_of_link(stage: Stage) -> None:
    tree = stage.tree(stage.start("true"))
    new = rename_admin(tree, relate(tree), "another")
    assert (tree / ".git").read_text() == f"gitdir: {os.path.relpath(new, tree)}\n"
    assert points_back(tree, open_repo(tree).git_dir)


@pytest.mark.slow
def test_one_that_is_moved_is_found_and_one_that_is_gone_is_forgotten(stage: Stage) -> None:
    task = stage.start("echo made > made")
    tree, moved = stage.tree(task), stage.repo.parent / "moved"
    tree.rename(moved)
    stage.git("worktree", "repair", moved)
    relate(moved)
    assert stage.tree(task) == moved
    stage.ok("done", task)
    assert not moved.exists()
    stage.ok("undo", task)
    admin = relate(stage.tree(task))
    shutil.rmtree(stage.tree(task))
    stage.ok("resume", task)
    assert (stage.tree(task) / "made").read_text() == "made\n"
    assert admin.exists()
