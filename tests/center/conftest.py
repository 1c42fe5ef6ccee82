from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.making import Maker
from tests.kit import MakeRepo


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo()


@pytest.fixture
def make(repo: Path) -> Maker:
    """Makes tasks in `repo`, in any status, at once."""
    return Maker(repo)
