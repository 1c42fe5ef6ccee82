"""Places to damage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.damage.place import Place, git, settle
from tests.kit import MakeRepo, bound_by_modes, run_program, unavailable


@pytest.fixture
def place(make_repo: MakeRepo) -> Place:
    return settle(make_repo())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = run_program(["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(folder)])
    if done.code:
        unavailable(f"needs the right to mount a small disk: {done.err.strip()}")
    yield folder
    run_program(["umount", "-l", str(folder)])


@pytest.fixture
def repo_on_disk(disk: Path) -> Path:
    repo = disk / "repo"
    git(disk, "init", "-q", "repo")
    (repo / "README.md").write_text("# A repository\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "The first commit")
    return repo


@pytest.fixture
def bound() -> list[str]:
    """See `bound_by_modes`."""
    return bound_by_modes()
