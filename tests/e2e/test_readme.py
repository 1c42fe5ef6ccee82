"""What the README tells a newcomer to type, typed on a clean checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kit import ROOT, RunGit, run_program


def block(mark: str) -> str:
    """The code block of the README between <!-- MARK --> and <!-- /MARK -->."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```\n<!-- /{mark} -->", readme, re.DOTALL)
    assert found, f"the README has no block marked {mark}"
    return found.group(1)


@pytest.mark.slow
@pytest.mark.e2e
def test_the_first_command_sets_up_and_runs_a_task(tmp_path: Path, git: RunGit, home: Path) -> None:
    checkout = tmp_path / "git-phc"
    git(tmp_path, "clone", "-q", "--no-hardlinks", ROOT, checkout)
    (home / ".gitconfig").unlink()  # a fresh machine: git does not know who this is
    done = run_program(["sh", "-c", block("first-command")], cwd=checkout, timeout=300)
    assert done.code == 0, done.err + done.out
    assert "say hello" in done.out
    assert "+hello" in done.out.splitlines()
    assert git(checkout, "status", "--porcelain") == ""
