"""Places to damage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.damage.place import Place, git, settle
from tests.kit import MakeRepo, require, run_program, unavailable


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
    """What goes before a program whom the modes of files shall bind, though root runs it."""
    if os.geteuid() != 0:
        return []
    require("setpriv")
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
    done = run_program([*prefix, "true"])
    if done.code:
        unavailable(f"needs the right to drop capabilities: {done.err.strip()}")
    return prefix
