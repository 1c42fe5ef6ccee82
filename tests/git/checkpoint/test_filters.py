"""Filters: git-lfs, whose store may lose what no branch names, and those that fail."""

from __future__ import annotations

import shutil

import pytest

from git_phc.git.checkpoint import Checkpoint
from tests.git.checkpoint.lab import Lab, git, picture
from tests.kit import require

BIG = bytes(range(256)) * 400


@pytest.fixture
def lfs(lab: Lab) -> Lab:
    """A checkout with three files that git-lfs keeps, in its store in this repository."""
    require("git-lfs")
    lab.git("lfs", "install", "--local", "--skip-repo")
    lab.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    for name in ("kept", "edited", "staged"):
        lab.write(f"{name}.bin", BIG + name.encode())
    lab.commit()
    return lab


def change(lab: Lab) -> None:
    lab.write("edited.bin", BIG + b"edited since")
    lab.write("staged.bin", BIG + b"staged since")
    lab.git("add", "staged.bin")
    lab.write("new.bin", BIG + b"new")


def exact(lab: Lab, link: Checkpoint) -> list[str]:
    """The files whose own bytes are in a link."""
    names = git(lab.main, "ls-tree", "-r", "--name-only", f"{link.link}:exact")
    return names.decode().split()


def test_what_lfs_keeps_comes_back(lfs: Lab) -> None:
    change(lfs)
    link = lfs.there_and_back()
    assert exact(lfs, link) == ["edited.bin", "new.bin", "staged.bin"]
    assert b"git-lfs" in git(lfs.main, "show", f"{link.link}:work/edited.bin")


def test_what_only_the_checkpoint_has_outlives_the_store_of_lfs(lfs: Lab) -> None:
    change(lfs)
    before, link = picture(lfs.place), lfs.take()
    store = lfs.main / ".git/lfs/objects"
    committed = {
        line.split()[0]
        for line in lfs.git("lfs", "ls-files", "--long", "HEAD").decode().splitlines()
    }
    lfs.destroy()
    for file in [path for path in store.rglob("*") if path.is_file()]:
        if file.name not in committed:  # as `git lfs prune` does
            file.unlink()
    lfs.bring_back(link)
    assert picture(lfs.place) == before


def test_the_stash_form_brings_back_what_lfs_keeps(lfs: Lab) -> None:
    change(lfs)
    before, link = picture(lfs.place), lfs.take()
    lfs.destroy()
    lfs.apply_stash(link)
    after = picture(lfs.place)
    assert (after.files, after.index) == (before.files, before.index)


def test_a_store_that_is_gone_is_told_and_nothing_is_lost(lfs: Lab) -> None:
    before, link = picture(lfs.place), lfs.take()
    lfs.destroy()
    store = lfs.main / ".git/lfs/objects"
    store.rename(lfs.main / "aside")
    with pytest.raises(Exception, match="smudge filter lfs failed"):
        lfs.bring_back(link)
    shutil.rmtree(lfs.place)
    git(lfs.main, "worktree", "prune")
    shutil.rmtree(store, ignore_errors=True)
    (lfs.main / "aside").rename(store)
    lfs.bring_back(link)
    assert picture(lfs.place) == before


@pytest.mark.parametrize("required", ["true", "false"])
@pytest.mark.parametrize("fails", ["clean", "smudge", "both"])
def test_a_filter_that_fails_keeps_nothing_from_coming_back(
    lab: Lab, required: str, fails: str
) -> None:
    lab.write(".gitattributes", "*.f filter=f\n")
    lab.git("config", "filter.f.clean", "tr a-z n-za-m")
    lab.git("config", "filter.f.smudge", "tr a-z n-za-m")
    lab.write("kept.f", "kept\n")
    lab.write("edited.f", "edited\n")
    lab.commit()
    lab.write("edited.f", "edited since\n")
    lab.write("new.f", "new\n")
    lab.git("config", "filter.f.required", required)
    for side in ("clean", "smudge"):
        if fails in (side, "both"):
            lab.git("config", f"filter.f.{side}", "cat >/dev/null; exit 1")
    before = {path: file for path, file in picture(lab.place).files.items() if path != b".git"}
    link = lab.take()
    lab.destroy()
    for side in ("clean", "smudge"):  # somebody has mended it
        git(lab.main, "config", f"filter.f.{side}", "tr a-z n-za-m")
    lab.bring_back(link)
    assert picture(lab.place).files == before
