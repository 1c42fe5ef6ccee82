"""Real repositories for the tests of the door to git, of both object formats."""

from __future__ import annotations

import pytest

from git_phc.git.encoding import Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo

FORMATS = ("sha1", "sha256")


@pytest.fixture(params=FORMATS)
def repo(make_repo: MakeRepo, request: pytest.FixtureRequest) -> Repo:
    """A repository with one commit on `main`, once for each object format."""
    return open_repo(make_repo(object_format=request.param))


@pytest.fixture
def writer(repo: Repo) -> LooseWriter:
    return LooseWriter(repo)


@pytest.fixture
def ada() -> Signature:
    return Signature("Ada Tester", "ada@example.com", 1_767_323_045)
