"""A clone that somebody else works in, and the repository behind it."""

from __future__ import annotations

import pytest

from tests.git.foreign.yard import Yard
from tests.kit import MakeRepo, RunGit


@pytest.fixture
def yard(make_repo: MakeRepo, git: RunGit) -> Yard:
    """See `Yard`."""
    return Yard(make_repo, git)
