"""Repositories inside the checkout: named when they hold work that is nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from git_phc.git.checkpoint import uncarried
from tests.git.checkpoint.lab import Lab, git


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    place = tmp_path / "upstream"
    git(tmp_path, "init", "-q", str(place))
    (place / "f").write_text("f\n")
    git(place, "add", "f")
    git(place, "commit", "-q", "-m", "f")
    return place


@pytest.fixture
def module(lab: Lab, upstream: Path) -> Path:
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    lab.git(*words, str(upstream), "mod ule")
    lab.git("commit", "-q", "-m", "module")
    return lab.place / "mod ule"


def both(lab: Lab) -> tuple[str, ...]:
    """What taking and asking say, which must be the same here."""
    said = uncarried(lab.repo)
    assert lab.take().uncarried == said
    return said


def test_a_clean_submodule_is_carried(lab: Lab, module: Path) -> None:
    assert both(lab) == ()


def test_a_submodule_with_an_edit_is_named(lab: Lab, module: Path) -> None:
    (module / "f").write_text("edited\n")
    assert both(lab) == ("mod ule",)


def test_a_submodule_with_a_new_file_is_named(lab: Lab, module: Path) -> None:
    (module / "new").write_text("new\n")
    assert both(lab) == ("mod ule",)


def test_a_submodule_with_a_commit_of_its_own_is_named(lab: Lab, module: Path) -> None:
    git(module, "commit", "-q", "--allow-empty", "-m", "own")
    assert both(lab) == ("mod ule",)


def test_a_submodule_with_a_stash_is_named(lab: Lab, module: Path) -> None:
    (module / "f").write_text("edited\n")
    git(module, "stash")
    assert both(lab) == ("mod ule",)


def test_a_clone_that_is_all_pushed_is_not_named(lab: Lab, upstream: Path) -> None:
    lab.git("clone", "-q", str(upstream), "clone")
    assert both(lab) == ()


def test_a_repository_of_its_own_is_named(lab: Lab) -> None:
    lab.git("init", "-q", "own")
    assert both(lab) == ()
    lab.write("own/f", "f\n")
    assert both(lab) == ("own",)


def test_one_in_an_ignored_folder_stops_a_removal(lab: Lab) -> None:
    lab.write(".gitignore", "vendor/\n")
    lab.git("init", "-q", "vendor/own")
    lab.write("vendor/own/f", "f\n")

    assert uncarried(lab.repo) == ("vendor/own",)


def test_one_inside_another_is_found(lab: Lab, upstream: Path) -> None:
    lab.git("clone", "-q", str(upstream), "clone")
    lab.write("clone/.git/info/exclude", "inner\n")
    lab.git("init", "-q", "clone/inner")
    lab.write("clone/inner/f", "f\n")

    assert uncarried(lab.repo) == ("clone/inner",)


def test_one_that_cannot_be_read_is_named(lab: Lab) -> None:
    lab.write("broken/.git", "gitdir: /nowhere\n")
    assert uncarried(lab.repo) == ("broken",)


def test_the_rest_comes_back_beside_a_submodule(lab: Lab, module: Path) -> None:
    git(module, "commit", "-q", "--allow-empty", "-m", "own")
    lab.write("a.txt", "changed\n")
    link = lab.take()
    lab.destroy()

    lab.bring_back(link)

    assert (lab.place / "a.txt").read_text() == "changed\n"
    assert module.is_dir()
