from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import MakeRepo, Phc, RunGit
from tests.sync.team import Mate, Team


@pytest.fixture
def hub(make_repo: MakeRepo) -> Path:
    """A bare repository on this machine."""
    return make_repo("hub.git", bare=True)


@pytest.fixture
def team(hub: Path, phc: Phc, git: RunGit, tmp_path: Path) -> Team:
    """See `Team`."""

    def clone(name: str) -> Mate:
        git(tmp_path, "clone", "-q", hub, name)
        git(tmp_path / name, "config", "remote.origin.phcUntracked", "true")  # they were asked
        git(tmp_path / name, "config", "user.name", name.title())
        git(tmp_path / name, "config", "user.email", f"{name}@example.com")
        return Mate(tmp_path / name, phc, git)

    return Team(hub, clone("ada"), clone("bob"), git)
