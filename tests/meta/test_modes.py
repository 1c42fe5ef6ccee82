"""What only a user can see whom the modes of files bind is tested by root, too."""

from __future__ import annotations

import re
import sys

import pytest

from tests.kit import ROOT, bound_by_modes, modes_bind, run_program

MARKED = re.compile(r"^@pytest\.mark\.modes$", re.MULTILINE)


@pytest.mark.slow
def test_root_runs_the_tests_of_modes_as_one_whom_they_bind() -> None:
    files = [
        path for path in (ROOT / "tests").rglob("test_*.py") if MARKED.search(path.read_text())
    ]
    assert files
    if modes_bind():
        return  # they run as all others do
    words = (sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-m", "modes")
    done = run_program([*bound_by_modes(), *words, *files], cwd=ROOT)
    assert done.code == 0, done.out
    assert "skipped" not in done.out, done.out
