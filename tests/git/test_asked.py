from __future__ import annotations

import pytest

from git_phc.errors import PhcError
from git_phc.git.refs import Asked, parse_refs, raw_refs
from git_phc.git.repo import open_repo
from tests.kit import MakeRepo, RunGit

pytestmark = pytest.mark.slow


def test_what_is_asked_for_now_and_read_later_is_the_same(make_repo: MakeRepo, git: RunGit) -> None:
    root = make_repo()
    tip = git(root, "rev-parse", "HEAD")
    count = 15_000  # more than any pipe holds
    script = "".join(
        f"create refs/phc/tasks/{'k' * 27}{number:05} {tip}\n" for number in range(count)
    )
    git(root, "-c", "core.fsync=none", "update-ref", "--stdin", input=script)
    git(root, "pack-refs", "--all")
    repo = open_repo(root)
    asked = Asked(repo, "refs/phc/")
    answer = asked.answer()
    assert answer == raw_refs(repo, "refs/phc/")
    assert len(list(parse_refs(answer))) == count


def test_a_repository_that_has_gone_meanwhile_is_told(make_repo: MakeRepo) -> None:
    root = make_repo()
    repo = open_repo(root)
    (root / ".git/HEAD").unlink()
    asked = Asked(repo, "refs/phc/")
    with pytest.raises(PhcError):
        asked.answer()
