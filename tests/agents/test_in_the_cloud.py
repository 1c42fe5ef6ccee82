"""A real agent in a real sandbox, whose model it reaches by the proxy: queued, run, taken home."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from git_phc.sandboxes.bubblewrap import Bubblewrap
from tests.agents.conftest import Real
from tests.agents.model import Model
from tests.e2e.stage import Stage
from tests.kit import unavailable

pytestmark = pytest.mark.agents

PROMPT = "[[write made.txt|by claude]] [[bash curl -s https://evil.example/ || echo out $?]]"
KNOWN = ("ANTHROPIC_BASE_URL", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_AUTOUPDATER")


@pytest.fixture
def hub(
    stage: Stage, real: Real, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A remote of the repository; and the model has a name, which sandboxed runs know it by."""
    real("claude")
    if missing := Bubblewrap().check(os.environ.get("PATH")).missing:
        unavailable(missing)
    port = urlsplit(model.url).port
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://model.internal:{port}")
    stage.git("config", "phc.allowedAddresses", f"model.internal=127.0.0.1:{port}")
    stage.git("config", "phc.secrets.ANTHROPIC_API_KEY.env", "ANTHROPIC_API_KEY")
    stage.git("config", "phc.agents.claude.secrets", "ANTHROPIC_API_KEY")
    for name in KNOWN:
        stage.git("config", "--add", "phc.sandboxEnv", name)
    hub = tmp_path / "hub.git"
    stage.git("clone", "-q", "--bare", stage.repo, hub)
    stage.git("remote", "add", "origin", hub)
    stage.git("fetch", "-q", "origin")
    return hub


def test_from_the_queue_to_a_worktree(stage: Stage, hub: Path, tmp_path: Path) -> None:
    words = ("start", "-q", "-d", "--mode", "cloud", "-a", "claude", "--autonomy", "bypass")
    task = stage.ok(*words, PROMPT).out.strip()
    flags = ("--once", "--trust-remote", "--state", tmp_path / "worker")
    worked = stage.ok("worker", *flags)
    assert f"{task[:8]} is ready" in worked.out
    stage.ok("sync")
    shown = stage.show(task)
    assert (shown["status"], shown["mode"]) == ("ready", "cloud")
    assert shown["denied"]["what"] == "evil.example:443"
    assert "out 56" in str(stage.records(task))  # curl's word for a proxy that refuses
    stage.ok("handoff", task, "--to", "worktree")
    assert stage.show(task)["mode"] == "worktree"
    assert (stage.tree(task) / "made.txt").read_text() == "by claude\n"
