"""A user's home in which every agent finds the scripted model, and nothing but it.

Agents are not started by the test's own process, so what closes its network does not hold for
them: they are given a proxy that is not there for whatever is not loopback.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.kit import ROOT

PROGRAMS = ROOT / ".node" / "node_modules" / ".bin"
NOWHERE = "http://127.0.0.1:9"  # nobody listens there
KEY = "a-key-for-tests"

CODEX = """\
model = "scripted"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
supports_websockets = false
"""


def furnish(home: Path, url: str) -> dict[str, str]:
    """Writes the agents' settings into a home; the environment that leads to it."""
    _write(home / ".codex" / "config.toml", CODEX.format(url=url))
    _write(home / ".config" / "opencode" / "opencode.json", json.dumps(_opencode(url)))
    _write(home / ".gemini" / "settings.json", json.dumps(_gemini()))
    return {
        **_place(home),
        **_claude(url),
        "OPENAI_API_KEY": KEY,
        "CODEX_API_KEY": KEY,
        "GEMINI_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GEMINI_TELEMETRY_ENABLED": "false",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "NO_BROWSER": "1",
    }


def _place(home: Path) -> dict[str, str]:
    """Whose home it is, where programs are, and that there is no way out."""
    path = [str(PROGRAMS), str(Path(sys.executable).parent), os.environ["PATH"]]
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    return {
        "HOME": str(home),
        "CODEX_HOME": str(home / ".codex"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PATH": os.pathsep.join(path),
        **dict.fromkeys(proxies, NOWHERE),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def _claude(url: str) -> dict[str, str]:
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


def _opencode(url: str) -> object:
    options = {"baseURL": f"{url}/v1", "apiKey": KEY}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": options,
        "models": {"scripted": {"name": "scripted"}},
    }
    return {
        "provider": {"scripted": provider},
        "model": "scripted/scripted",
        "small_model": "scripted/scripted",
        "autoupdate": False,
        "share": "disabled",
    }


def _gemini() -> object:
    return {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False, "disableAutoUpdate": True},
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
