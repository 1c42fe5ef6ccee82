"""A clone of the cloud: what the agent has in it, and what comes back of its work."""

from __future__ import annotations

import shutil

import pytest

from git_phc.errors import Refused
from git_phc.git.checkpoint import uncarried
from git_phc.git.foreign.take_in import take_in
from git_phc.git.mirror import mirror_of
from tests.git.foreign.yard import BRANCH, Yard
from tests.kit import MakeRepo, RunGit


def test_the_clone_is_a_repository_of_its_own(yard: Yard) -> None:
    assert yard.git("status", "--porcelain=v2", "--branch").splitlines() == [
        f"# branch.oid {yard.base}",
        "# branch.head phc/task",
    ]
    assert yard.git("rev-parse", "--git-common-dir") == ".git"
    assert yard.git("rev-parse", "refs/remotes/origin/main") == yard.base
    yard.git("fsck", "--strict")
    borrowed = (yard.clone / ".git/objects/info/alternates").read_text().splitlines()
    assert borrowed == [str(mirror_of(yard.own).git_dir / "objects")]
    assert yard.git("count-objects", "-v").splitlines()[0] == "count: 0"


def test_nothing_in_the_clone_is_shared_by_a_hard_link(yard: Yard) -> None:
    files = [path for path in yard.clone.rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_nlink > 1] == []


def test_what_was_made_in_the_clone_comes_into_our_repository(yard: Yard) -> None:
    commit = yard.commit(**{"new.txt": "new\n"})
    yard.write("src/a.txt", "edited\n")
    yard.write("staged.txt", "staged\n")
    yard.git("add", "staged.txt")
    yard.write("untracked.bin", bytes(range(256)) * 5000)
    link = yard.take()
    assert (link.head, link.branch) == (commit, BRANCH)
    assert yard.ours("rev-parse", BRANCH) == commit
    back = yard.elsewhere(link)
    assert yard._git(back, "status", "--porcelain=v1").splitlines() == [
        " M src/a.txt", "A  staged.txt", "?? untracked.bin",
    ]  # fmt: skip
    assert (back / "untracked.bin").read_bytes() == bytes(range(256)) * 5000
    yard.ours("fsck", "--strict")


def test_nothing_new_costs_no_object(yard: Yard) -> None:
    yard.commit(**{"new.txt": "new\n"})
    yard.take()
    before = yard.ours("count-objects", "-v")
    take_in(yard.shadow)
    assert yard.ours("count-objects", "-v") == before


def test_a_commit_that_was_amended_and_packed_comes(yard: Yard) -> None:
    yard.commit(**{"new.txt": "new\n"})
    yard.take()
    yard.write("new.txt", "newer\n")
    yard.git("commit", "-qa", "--amend", "-m", "amended")
    yard.git("gc", "-q", "--prune=now")
    link = yard.take()
    assert link.head == yard.git("rev-parse", "HEAD") == yard.ours("rev-parse", BRANCH)
    yard.ours("fsck", "--strict")


def test_branches_tags_and_the_stash_of_the_clone_are_carried(yard: Yard) -> None:
    own = yard.commit(**{"new.txt": "new\n"})
    yard.git("switch", "-qc", "mine/own")
    other = yard.commit(**{"other.txt": "other\n"})
    yard.git("tag", "-am", "a tag", "v1")
    yard.write("other.txt", "stashed\n")
    yard.git("stash", "-q")
    stash = yard.git("rev-parse", "refs/stash")
    link = yard.take()
    assert yard.ours("rev-parse", BRANCH) == own
    assert (link.head, link.branch) == (other, None)
    back = yard.elsewhere(link)
    said = yard._git(back, "for-each-ref", "--format=%(refname) %(objectname)", "refs/worktree")
    assert dict(line.split(" ") for line in said.splitlines()) == {
        "refs/worktree/clone/heads/mine/own": other,
        "refs/worktree/clone/stash": stash,
        "refs/worktree/clone/tags/v1": yard.git("rev-parse", "v1"),
    }
    yard.git("switch", "-q", "phc/task")
    yard.git("branch", "-qD", "mine/own")
    take_in(yard.shadow)
    assert "mine" not in yard.shadow.text("for-each-ref")


def test_a_merge_under_way_comes_and_goes(yard: Yard) -> None:
    yard.git("switch", "-qc", "other")
    theirs = yard.commit(**{"README.md": "theirs\n"})
    yard.git("switch", "-q", "phc/task")
    yard.commit(**{"README.md": "ours\n"})
    yard.git("merge", "other", check=False)
    back = yard.elsewhere(yard.take())
    assert yard._git(back, "rev-parse", "MERGE_HEAD") == theirs
    assert yard._git(back, "status", "--porcelain") == "UU README.md"
    yard.git("merge", "--abort")
    take_in(yard.shadow)
    assert not (yard.shadow.git_dir / "MERGE_HEAD").exists()


def test_a_rebase_under_way_comes(yard: Yard) -> None:
    yard.commit(**{"README.md": "one\n"})
    yard.git("switch", "-qc", "other", yard.base)
    yard.commit(**{"README.md": "two\n"})
    yard.git("rebase", "phc/task", check=False)
    back = yard.elsewhere(yard.take())
    assert "rebase in progress" in yard._git(back, "status")


def test_a_split_index_and_one_without_a_commit_come(yard: Yard) -> None:
    yard.git("update-index", "--split-index")
    yard.write("staged.txt", "staged\n")
    yard.git("add", "staged.txt")
    back = yard.elsewhere(yard.take())
    assert yard._git(back, "status", "--porcelain=v1") == "A  staged.txt"
    yard.git("switch", "-q", "--orphan", "fresh")
    yard.write("first.txt", "first\n")
    link = yard.take()
    assert (link.head, link.branch) == (None, "refs/worktree/unborn")
    assert yard.ours("rev-parse", BRANCH) == yard.base


def test_repositories_inside_are_named_and_not_looked_into(yard: Yard) -> None:
    yard.git("init", "-q", "inner")
    link = yard.take()
    assert link.uncarried == ("inner",)
    assert uncarried(yard.shadow) == ("inner",)


def test_a_repository_of_longer_ids(make_repo: MakeRepo, git: RunGit) -> None:
    yard = Yard(make_repo, git, "sha256")
    commit = yard.commit(**{"new.txt": "new\n"})
    yard.git("gc", "-q")
    yard.write("staged.txt", "staged\n")
    yard.git("add", "staged.txt")
    back = yard.elsewhere(yard.take())
    assert yard.ours("rev-parse", BRANCH) == commit
    assert git(back, "status", "--porcelain") == "A  staged.txt"
    shutil.rmtree(yard.clone / ".git")
    yard.git("init", "-q", "--object-format=sha1")
    yard.commit(**{"new.txt": "of another kind\n"})
    with pytest.raises(Refused, match="index is damaged"):
        take_in(yard.shadow)
