"""What a checkpoint has changed is counted as git counts it, by as few programs as it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from git_phc.errors import DamagedTask, GitFailed
from git_phc.git import diffs
from git_phc.git.checkpoint import take
from git_phc.git.encoding import Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo

WHO = Signature("Ada Tester", "ada@example.com", 1_767_322_800)


def nothing(root: Path) -> None:
    pass


def edited(root: Path) -> None:
    (root / "README.md").write_text("# Another\nline\n")


def added(root: Path) -> None:
    (root / "new").write_text("1\n2\n3\n")


def both(root: Path) -> None:
    edited(root)
    added(root)


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        (nothing, diffs.Count(0, 0, 0)),
        (edited, diffs.Count(1, 2, 1)),
        (added, diffs.Count(1, 3, 0)),
        (both, diffs.Count(2, 5, 1)),
    ],
)
def test_a_stash_is_counted_against_its_base(
    make_repo: MakeRepo, change: Callable[[Path], None], counted: diffs.Count
) -> None:
    root = make_repo()
    change(root)
    repo = open_repo(root)
    stash = _stash(repo)
    assert diffs.count_stash(repo, "HEAD", stash) == counted
    assert diffs.count(repo, "HEAD", diffs.tree_of_stash(repo, stash)) == counted


def test_what_is_missing_is_no_count(make_repo: MakeRepo) -> None:
    repo = open_repo(make_repo())
    with pytest.raises(DamagedTask):
        diffs.count_stash(repo, "HEAD", "1" * 40)
    with pytest.raises(GitFailed):
        diffs.count_stash(repo, "1" * 40, _stash(repo))


def _stash(repo: Repo) -> str:
    taken = take(repo, LooseWriter(repo), previous=None, who=WHO, message="m", facts={})
    assert taken.stash
    return taken.stash
