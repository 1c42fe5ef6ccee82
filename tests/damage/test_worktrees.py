"""A task's folder, or what ties it to the repository, is damaged or moved by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.damage.place import Place, follow, git, goes_on, has_work, sentence
from tests.e2e.stage import until

pytestmark = pytest.mark.faults

ENDS = (["path"], ["diff"], ["send", "again", "-q"], ["resume", "-q"], ["done"], ["delete"])


def remove_file(place: Place, tree: Path) -> None:
    (tree / ".git").unlink()


def garble_file(place: Place, tree: Path) -> None:
    (tree / ".git").write_text("garbage\n")


def point_elsewhere(place: Place, tree: Path) -> None:
    (tree / ".git").write_text("gitdir: /nowhere/at/all\n")


def own_repository(place: Place, tree: Path) -> None:
    (tree / ".git").unlink()
    git(tree, "init", "-q")


@pytest.mark.parametrize("damage", [remove_file, garble_file, point_elsewhere, own_repository])
def test_a_worktree_whose_git_file_is_damaged_is_mended_as_told(
    place: Place, damage: Callable[[Place, Path], None]
) -> None:
    tree = place.tree
    damage(place, tree)
    said = ""
    for words in ENDS:
        said = sentence(place.on_task(words))
        assert f"the .git file of {tree} is missing or damaged" in said
        assert place.ok("status", "-q") == place.task
        has_work(tree)
    follow(said, place.repo)
    assert place.tree == tree
    shutil.rmtree(tree / ".git.old", ignore_errors=True)
    goes_on(place)


def test_a_worktree_whose_administration_is_gone_is_made_anew_beside_the_old(place: Place) -> None:
    tree = place.tree
    shutil.rmtree(place.repo / ".git/worktrees")
    said = ""
    for words in ENDS:
        said = sentence(place.on_task(words), 4)
        assert f"{tree}, where this task has its worktree, is none of this repository" in said
    has_work(tree)
    follow(said, place.repo, lambda hint: hint.partition("; then")[0])
    place.ok("resume", place.task, "-q")
    assert place.tree == tree
    has_work(Path(f"{tree}.old"))


def test_a_worktree_that_git_has_moved_is_followed(place: Place) -> None:
    tree, other = place.tree, place.repo.parent / "other"
    place.git("worktree", "move", str(tree), str(other))
    assert place.tree == other
    goes_on(place)


@pytest.mark.parametrize("stand_in_it", [False, True])
def test_a_worktree_that_was_moved_by_hand_is_tied_again_as_told(
    place: Place, stand_in_it: bool
) -> None:
    tree = place.tree
    other = place.repo.parent / "other" if stand_in_it else tree.with_name("other")
    tree.rename(other)
    said = ""
    for words in ENDS:
        task = [words[0], place.task, *words[1:]]
        said = sentence(place.phc(*task, cwd=other if stand_in_it else None))
        assert f"was moved to {other}" in said
    follow(said, place.repo)
    assert place.tree == other
    goes_on(place)


def test_a_worktree_that_was_deleted_is_made_again_from_the_last_checkpoint(place: Place) -> None:
    tree = place.tree
    place.ok("send", place.task, "again", "-q")
    shutil.rmtree(tree)
    said = sentence(place.phc("path", place.task))
    assert "has no workspace here now" in said
    follow(said, place.repo)
    assert place.tree == tree
    goes_on(place)


def test_a_worktree_that_was_deleted_may_be_ended_and_is_back_with_undo(place: Place) -> None:
    tree = place.tree
    place.ok("send", place.task, "again", "-q")
    shutil.rmtree(tree)
    place.ok("done", place.task)
    follow(sentence(place.phc("path", place.task)), place.repo)
    assert place.tree == tree
    has_work(tree)


def test_our_folder_is_made_again_when_it_was_deleted(place: Place) -> None:
    tree = place.tree
    shutil.rmtree(place.repo / ".git/phc")
    for words in (["status"], ["show"], ["logs"], ["doctor"]):
        assert place.on_task(words).code == 0
    assert place.tree == tree
    told = sentence(place.phc("resume", place.task, "-q"), 5)  # this clone's name was in there, too
    assert "in another clone, and is not trusted here" in told
    place.ok("trust", "--actor", "ada@example.com")
    goes_on(place)


def test_our_folder_is_deleted_while_a_run_is_on(place: Place) -> None:
    tree, go = place.tree, place.repo.parent / "go"
    script = f"touch began; until test -e {go}; do sleep 0.05; done; echo late > late.txt"
    task = place.ok("start", "long", "-d", "-q", "--", "sh", "-c", script)
    there = Path(place.ok("path", task))
    until((there / "began").exists)
    shutil.rmtree(place.repo / ".git/phc")
    go.touch()
    assert place.phc("wait", task).code == 0
    until((there / "late.txt").exists)
    assert place.tree == tree
    place.ok("trust", "--actor", "ada@example.com")  # this clone's name was in there, too
    place.ok("resume", task, "-q")
    place.ok("done", task)
    goes_on(place)


@pytest.mark.parametrize("verb", ["done", "delete", "resume"])
def test_a_copy_of_the_repository_never_touches_the_worktrees_of_the_first(
    place: Place, tmp_path: Path, verb: str
) -> None:
    tree, copy = place.tree, tmp_path / "copied" / "repo"
    shutil.copytree(place.repo, copy, symlinks=True)
    before = sorted(path.name for path in tree.iterdir())
    done = place.phc(verb, place.task, cwd=copy)
    assert "Traceback" not in done.err
    assert sorted(path.name for path in tree.iterdir()) == before
    has_work(tree)
    shown = json.loads(place.phc("show", "--json", place.task, cwd=copy).out)
    assert shown.get("worktree") != str(tree)
    assert place.phc("done", place.task).code == 0  # the first one's is still its own
