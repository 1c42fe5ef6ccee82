"""What a prune takes from under git's own hands, just as a checkpoint is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.kit import require

# Once: the pack that git is about to give its name to is not there any more.
TAKEN = """\
#!/bin/sh
case " $* " in
*" index-pack "*)
    if mkdir "{once}"; then
        exec strace -qq -o /dev/null -e trace=link,rename \\
            -e inject=link,rename:error=ENOENT "{git}" "$@"
    fi ;;
esac
exec "{git}" "$@"
"""


def test_a_pack_that_was_taken_before_it_had_its_name(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("strace")
    task = stage.start("echo x > x")
    for number in range(60):
        (stage.tree(task) / f"new {number}").write_text(f"{number}\n")
    once, wrapper = tmp_path / "once", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(TAKEN.format(once=once, git=shutil.which("git")))
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    stage.ok("archive", task)
    assert once.exists()
    stage.ok("unarchive", task)
    assert (stage.tree(task) / "new 59").read_text() == "59\n"
