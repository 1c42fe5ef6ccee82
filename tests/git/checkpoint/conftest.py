from __future__ import annotations

from pathlib import Path

import pytest

from tests.git.checkpoint.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A checkout on a branch with one commit, and three files of which one is a program."""
    made = Lab(tmp_path)
    furnish(made)
    return made


def furnish(lab: Lab) -> None:
    lab.write("run.sh", "#!/bin/sh\n", 0o755)
    lab.write("sub/deep/c.txt", "c\n")
    lab.commit(a="one\n", b="two\n")
