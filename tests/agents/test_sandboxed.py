"""A real agent in a real sandbox: its only way to the model is the proxy."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest

from tests.agents.conftest import Real
from tests.agents.model import Model
from tests.e2e.stage import Stage
from tests.sandboxes.yard import require_bubblewrap

pytestmark = pytest.mark.agents


def test_claude_works_and_goes_on_in_a_sandbox(
    stage: Stage, real: Real, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_bubblewrap(as_root=True)
    real("claude")
    port = urlsplit(model.url).port
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://model.example:{port}")
    stage.git("config", "phc.allowedAddresses", f"model.example=127.0.0.1:{port}")
    stage.git("config", "phc.secrets.ANTHROPIC_API_KEY.env", "ANTHROPIC_API_KEY")
    stage.git("config", "phc.agents.claude.secrets", "ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key-for-the-scripted-model")
    for name in sorted(os.environ):
        if name.startswith(("CLAUDE_", "DISABLE_")) or name == "ANTHROPIC_BASE_URL":
            stage.git("config", "--add", "phc.sandboxEnv", name)
    words = ("-q", "-a", "claude", "--sandbox", "bubblewrap", "--autonomy", "bypass")
    prompt = "[[write a.txt|hi]] [[bash cat /etc/shadow; echo $PHC_SANDBOX > where]] [[say well]]"
    task = stage.ok("start", prompt, *words).out.strip()
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "a.txt").read_text() == "hi\n"
    assert (stage.tree(task) / "where").read_text() == "bubblewrap\n"
    stage.ok("send", "-q", task, "[[say again]]")
    assert any(record.get("resumed") for record in stage.records(task))
    assert stage.said(task).endswith("again\n")
