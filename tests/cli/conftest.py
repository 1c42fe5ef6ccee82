from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import MakeRepo, Phc


@pytest.fixture
def repo(make_repo: MakeRepo, fixed_dates: str) -> Path:
    """A repository whose one commit has the same id in every test."""
    return make_repo()


@pytest.fixture
def make(repo: Path) -> Maker:
    """Makes tasks in `repo`, in any status, at once."""
    return Maker(repo)


@pytest.fixture
def hello(repo: Path, phc: Phc) -> str:
    """A task that an agent has worked on: its id. It has added hello.txt, and said two lines."""
    # Both lines in one write: a transcript has a record for what was read at once.
    words = ("sh", "-c", "echo hello > hello.txt; printf 'one\\ntwo\\n'")
    started = phc("start", "-q", "Say hello", "--", *words, cwd=repo)
    assert (started.code, started.err) == (0, "")
    return started.out.strip()


@pytest.fixture
def only_git(tmp_path: Path) -> Mapping[str, str]:
    """A PATH on which there is git and nothing else: no tool to ask where it fetches from."""
    folder = tmp_path / "only-git"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return {"PATH": str(folder)}
