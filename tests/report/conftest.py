from __future__ import annotations

import pytest

from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Phc, Processes, RunGit


@pytest.fixture
def stage(make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes) -> Stage:
    """See `Stage`."""
    return Stage(make_repo(), phc, git, processes)
