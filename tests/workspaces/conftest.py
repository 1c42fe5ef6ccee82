"""A worker's own repository, with a task of the cloud in it."""

from __future__ import annotations

import pytest

from tests.kit import MakeRepo, Phc, RunGit
from tests.workspaces.farm import Farm


@pytest.fixture
def farm(make_repo: MakeRepo, phc: Phc, git: RunGit) -> Farm:
    """See `Farm`."""
    return Farm(make_repo, phc, git)
