from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from git_phc.host.stillness import stillness
from tests.e2e.stage import until
from tests.kit import require, run_program, unavailable

APART = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
# Two who write as quickly as they can, one of them with a parent that has gone
BUSY = "w() { while :; do echo x >>'%s'; done; }; (w &) ; w"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """A file that processes in a pid namespace of their own write to."""
    require("unshare")
    if run_program([*APART, "true"]).code:
        unavailable("needs a system that lets users make namespaces")
    file = tmp_path / "written"
    process = subprocess.Popen([*APART, "sh", "-c", BUSY % file])
    try:
        until(lambda: file.exists() and file.stat().st_size > 100)
        yield file
    finally:
        process.kill()
        process.wait()


def test_nothing_is_written_while_it_lasts(busy: Path) -> None:
    with stillness():
        size = busy.stat().st_size
        assert run_program(["echo", "who is in no sandbox goes on"]).out
        time.sleep(0.3)
        assert busy.stat().st_size == size
    until(lambda: busy.stat().st_size > size + 100)


def test_what_fails_meanwhile_leaves_nobody_stopped(busy: Path) -> None:
    with pytest.raises(KeyError), stillness():
        raise KeyError
    size = busy.stat().st_size
    until(lambda: busy.stat().st_size > size)
