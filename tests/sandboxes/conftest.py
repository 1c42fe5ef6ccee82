"""The yard: a real sandbox, as root with a group of processes, and as an ordinary user."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import require
from tests.sandboxes.yard import ORDINARY, PATH, Yard, require_bubblewrap


@pytest.fixture(params=["root", "ordinary"])
def yard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """See `Yard`."""
    ordinary = request.param == "ordinary"
    require("setpriv")
    require_bubblewrap(as_root=not ordinary)
    if not ordinary and os.geteuid():
        pytest.skip("this half is for root")
    if ordinary and not os.geteuid():
        monkeypatch.setenv("PATH", PATH)  # root's own programs may be where only root may look
    # Not in tmp_path: its folders are their owner's alone
    root = Path(tempfile.mkdtemp(dir="/var/tmp"))
    try:
        root.chmod(0o755)
        for name in ("work", "home", "other"):
            (root / name).mkdir()
            if ordinary and not os.geteuid():
                os.chown(root / name, ORDINARY, ORDINARY)
        (root / "other" / "secret").write_text("another task's\n")
        yield Yard(root, ordinary)
    finally:
        shutil.rmtree(root, ignore_errors=True)
