"""A repository of 50,000 files in the cloud."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.sandboxes.yard import require_bubblewrap
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

FILES = 50_000


def fill(team: Team) -> None:
    """The main branch of the hub gets so many files, in folders of a hundred."""
    lines = ["commit refs/heads/main", "committer A <a@example.com> 1700000000 +0000"]
    lines += ["data 4", "many", "from refs/heads/main^0"]
    for number in range(FILES):
        text = f"the file {number}"
        lines += [f"M 644 inline d{number // 100}/f{number}", f"data {len(text)}", text]
    words = ["git", f"--git-dir={team.hub}", "fast-import", "--quiet"]
    subprocess.run(words, input="\n".join([*lines, ""]).encode(), check=True, timeout=60)
    team.ada.git("pull", "-q", "origin", "main")


@pytest.mark.slow
def test_a_change_in_a_repository_of_many_files_comes_back(ready: Team) -> None:
    require_bubblewrap(as_root=True)
    fill(ready)
    begun = time.monotonic()
    command = (
        "git ls-files | wc -l; echo changed > d7/f700; rm d8/f800; echo new > d9/new; git add d7"
    )
    task = queued(ready.ada, command=command)
    done = worked(ready.bob, "--sandbox", "bubblewrap")
    assert f"{task[:8]} is ready" in done.out, done
    ready.ada("sync")
    ready.ada("pull", task)
    assert f"{FILES + 2}\n" in ready.ada("logs", task).out
    changed = ready.ada("diff", task, "--name-only").out.split()
    assert sorted(changed) == ["d7/f700", "d8/f800", "d9/new"]
    print(f"there and back in {time.monotonic() - begun:.1f} s")  # noqa: T201  (for -s)
