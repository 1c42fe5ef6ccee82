"""gemini's conversations on this machine.

Its own are in `~/.gemini/tmp/PROJECT/chats/`, in which `.project_root` says whose folder PROJECT
is, and it finds only those of the folder that it works in. One that comes from elsewhere is put
into a folder beside them, from which gemini is told to take it over (`--session-file`); it gives
it a new name by that, which the next `session` record tells. Nothing of gemini's is changed.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from git_phc.agents.sessions import LARGEST, renamed
from git_phc.host.paths import read_text, replace_file
from git_phc.plugins.protocols import Files, Turn

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASIDES = ("/", "?", "<session_context>", "<hook_context>")  # a user's message that gemini forgets
OURS = "git-phc"  # the folder of those that come from elsewhere


def arguments(turn: Turn) -> Sequence[str]:
    """The words by which gemini goes on with the turn's conversation."""
    if turn.session is None:
        return ()
    arrived = _arrived(turn.session, turn.env)
    if arrived.exists():
        return "--session-file", str(arrived)
    return "--resume", turn.session


def find(session: str, turn: Turn) -> Path | None:
    """The conversation's file, where it can be gone on with in this folder."""
    if not ID.fullmatch(session):
        return None
    arrived = _arrived(session, turn.env)
    if arrived.exists():
        return arrived
    own = [path for path in _own(turn) if _name(path) == session and _has_words(path)]
    return max(own, key=lambda path: path.stat().st_mtime_ns, default=None)


def take_in(session: str, files: Files, turn: Turn) -> str | None:
    """Takes in a conversation's file; its name until gemini gives it another one."""
    data = files.get(f"{session}.jsonl")
    if data is None or not ID.fullmatch(session):
        return None
    here = find(session, turn)
    if here is None or not here.read_bytes().startswith(data):
        replace_file(_arrived(session, turn.env), data)
    return session


def fork(session: str, files: Files, turn: Turn) -> str | None:
    """Takes in a conversation's file under a new name, which it returns."""
    new = str(uuid.uuid4())
    return take_in(new, renamed(session, new, files), turn) if ID.fullmatch(session) else None


def taken_over(session: str, turn: Turn) -> None:
    """Gemini has told the conversation's name: what was to be taken over has been."""
    if turn.session is not None and session != turn.session:
        _arrived(turn.session, turn.env).unlink(missing_ok=True)


def _home(env: Mapping[str, str]) -> Path:
    home = env.get("GEMINI_CLI_HOME") or env.get("HOME", "~")
    return Path(home).expanduser() / ".gemini" / "tmp"


def _arrived(session: str, env: Mapping[str, str]) -> Path:
    return _home(env) / OURS / f"{session}.jsonl"


def _own(turn: Turn) -> Iterator[Path]:
    """The conversations of this folder."""
    for mark in _home(turn.env).glob("*/.project_root"):
        if (read_text(mark) or "").strip() == str(turn.cwd.resolve()):
            yield from mark.parent.glob("chats/*.jsonl")


def _name(path: Path) -> object:
    """A conversation's name, which its first line tells."""
    return next(_events(path), {}).get("sessionId")


def _has_words(path: Path) -> bool:
    """Whether anything was said in a conversation; gemini does not go on with one in which
    nothing was, and takes back what was said in a turn that failed.
    """
    said: dict[str, bool] = {}  # by a message's name, in the order in which they were written
    for event in _events(path):
        changes = event.get("$set")
        if "$rewindTo" in event:
            names = list(said)
            start = names.index(event["$rewindTo"]) if event["$rewindTo"] in said else 0
            said = {name: said[name] for name in names[:start]}
        elif isinstance(changes, dict) and "messages" in changes:
            said = {str(each.get("id")): _is_said(each) for each in changes["messages"]}
        elif "type" in event:
            said[str(event.get("id"))] = _is_said(event)
    return any(said.values())


def _events(path: Path) -> Iterator[dict[str, Any]]:
    with suppress(OSError), path.open("rb") as file:
        if path.stat().st_size > LARGEST:
            return  # a line of it may be as long
        for line in file:
            with suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict):
                    yield event


def _is_said(message: Mapping[str, Any]) -> bool:
    """Whether a message is one of the conversation, and not gemini's own beside it."""
    content = message.get("content") or ()
    parts = [content] if isinstance(content, str | dict) else content
    text = "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in parts)
    if message.get("type") == "user":
        return bool(text.strip()) and not text.strip().startswith(ASIDES)
    more = message.get("toolCalls") or message.get("thoughts")
    return message.get("type") == "gemini" and bool(text.strip() or more)
