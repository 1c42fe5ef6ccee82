"""What contrib/worker has for those who keep workers, used for real."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from git_phc.sandboxes.bubblewrap import Bubblewrap
from tests.kit import PACKAGE, ROOT, require, run_program, unavailable
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.workers import queued

__all__ = ["ready"]

WORKER = ROOT / "contrib" / "worker"
WORKFLOW = WORKER / "github-actions.yml"


def test_the_workflow_uses_nobodys_actions() -> None:
    assert re.findall(r"^\s*(?:- )?uses:", WORKFLOW.read_text(), re.MULTILINE) == []


@pytest.mark.slow
def test_the_unit_is_one_that_systemd_takes() -> None:
    require("systemd-analyze")
    unit = WORKER / "git-phc-worker.service"
    done = run_program(["systemd-analyze", "verify", "--user", "--man=no", unit])
    assert (done.code, [line for line in done.err.splitlines() if unit.name in line]) == (0, [])


@pytest.mark.slow
def test_the_workflow_picks_up_a_task(ready: Team, tmp_path: Path) -> None:
    require("act", "git-phc")
    if missing := Bubblewrap().check(os.environ.get("PATH")).missing:
        unavailable(missing)
    task = queued(ready.ada, command="echo made > made.txt; curl -s http://evil.example/ || true")
    config = tmp_path / "config"
    (config / "act").mkdir(parents=True)
    (config / "act" / "actrc").touch()  # else it asks which image to use
    words = ("act", "workflow_dispatch", "-W", WORKFLOW, "-P", "ubuntu-latest=-self-hosted")
    done = run_program(
        [*words, "--var", f"PHC_REMOTE={ready.hub}", "--env", f"PYTHONPATH={PACKAGE.parent}"],
        cwd=ready.bob.path,
        env={"XDG_CONFIG_HOME": str(config)},
        timeout=300,
    )
    assert done.code == 0, done
    assert f"{task[:8]} is ready" in done.out
    ready.ada("sync")
    shown = ready.ada.show(task)
    assert (shown["status"], shown["run"]["outcome"]) == ("ready", "ready")
    assert shown["denied"]["what"] == "evil.example:80"
    assert "made.txt" in ready.ada("diff", task, "--name-only").out
