"""A conversation's files that an agent has made as long as it likes are not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from git_phc.agents.acp.codex import CodexSessions
from git_phc.agents.claude.sessions import MAIN, Sessions
from git_phc.agents.codex import Codex
from git_phc.agents.gemini import Gemini
from git_phc.agents.sessions import LARGEST
from git_phc.errors import Refused
from git_phc.plugins.protocols import Turn
from tests.agents.playing import turn_for

ID = "00000000-0000-4000-8000-000000000000"
TOO_LONG = f"more than {LARGEST} bytes"


@pytest.fixture
def turn(tmp_path: Path) -> Turn:
    return replace(turn_for(tmp_path, ""), env={"HOME": str(tmp_path)})


def endless(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(LARGEST + 1)


def test_of_claude(turn: Turn) -> None:
    sessions = Sessions(turn.env, turn.cwd)
    files = {MAIN: b"{}\n", "files/a.txt": b"a\n"}
    assert sessions.write(ID, files) == ID
    [rest] = Path(turn.env["HOME"]).rglob("a.txt")
    endless(rest)
    with pytest.raises(Refused, match=TOO_LONG):
        sessions.read(ID)
    other = sessions.write(ID, files)
    assert other not in (ID, None)
    assert sessions.read(str(other)) == files


def test_of_codex(turn: Turn) -> None:
    endless(Path(turn.env["HOME"], f".codex/sessions/2026/01/02/rollout-x-{ID}.jsonl"))
    with pytest.raises(Refused, match=TOO_LONG):
        Codex().export_session(ID, turn)
    with pytest.raises(Refused, match=TOO_LONG):
        CodexSessions().export("codex", ID, turn)


def test_of_gemini(turn: Turn) -> None:
    home = Path(turn.env["HOME"], ".gemini/tmp")
    endless(home / f"git-phc/{ID}.jsonl")
    with pytest.raises(Refused, match=TOO_LONG):
        Gemini().export_session(ID, turn)
    (home / f"git-phc/{ID}.jsonl").unlink()
    (home / "work").mkdir()
    (home / "work/.project_root").write_text(str(turn.cwd))
    chat = home / "work/chats/one.jsonl"
    chat.parent.mkdir()
    message = '{"type": "user", "id": "1", "content": "hello"}'
    chat.write_text(f'{{"sessionId": "{ID}"}}\n{message}\n')
    assert Gemini().has_session(ID, turn)
    endless(chat)
    assert not Gemini().has_session(ID, turn)
