"""The clone that a worker's agent works in, from a run's beginning to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

# Settings, hooks and attributes that make any git program in there run the trap
PLANTS = """
for key in core.fsmonitor filter.trap.clean filter.trap.smudge diff.external diff.trap.textconv; do
  git config $key '{trap}'
done
git config filter.trap.required true
mkdir -p .git/hooks
for hook in post-checkout post-index-change reference-transaction pre-auto-gc; do
  cp '{trap}' .git/hooks/$hook
done
echo '* filter=trap diff=trap' >.gitattributes
echo planted >planted.txt
"""


@pytest.mark.slow
def test_what_the_agent_left_in_its_clone_does_not_run(ready: Team, tmp_path: Path) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 >>'{sprung}'\ncat\n")
    trap.chmod(0o755)
    task = queued(ready.ada, command=PLANTS.format(trap=trap))
    worked(ready.bob)
    assert not sprung.exists(), sprung.read_text()
    ready.ada("sync")
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    assert (place / "planted.txt").read_text() == "planted\n"
    assert not sprung.exists()


@pytest.mark.slow
def test_a_clone_has_the_branches_of_the_remote_and_copies_none(ready: Team) -> None:
    look = "git rev-parse origin/main >tip; find .git/objects -type f | wc -l >own; git fsck"
    task = queued(ready.ada, command=look)
    worked(ready.bob)
    ready.ada("sync")
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    main = ready.run_git(ready.hub, "rev-parse", "main")
    assert (place / "tip").read_text().strip() == main
    assert (place / "own").read_text().strip() == "1"  # the file that says from whom it borrows
