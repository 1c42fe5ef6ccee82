"""codex's conversations on this machine: `$CODEX_HOME/sessions/Y/M/D/rollout-TIME-ID.jsonl`.

A file holds the whole conversation, and codex finds it by its name; so moving one is copying
it. Nothing that is there is ever changed: where another, older or newer, state of the same
conversation is there already, the one that comes gets a name of its own.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from git_phc.agents.sessions import renamed
from git_phc.host.paths import create_file
from git_phc.plugins.protocols import Files

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"sessions/\d{4}/\d\d/\d\d/rollout-[0-9A-Za-z-]+\.jsonl")


class Found(Struct, frozen=True):
    """A conversation's file, and its name below codex's home."""

    path: Path
    name: str


def home(env: Mapping[str, str]) -> Path:
    """The folder that is codex's own."""
    own = env.get("CODEX_HOME")
    return Path(own) if own else Path(env.get("HOME", "~")).expanduser() / ".codex"


def find_session(session: str, env: Mapping[str, str]) -> Found | None:
    """The conversation's file, where it is here."""
    if not ID.fullmatch(session):
        return None
    top = home(env)
    for path in sorted(top.glob(f"sessions/*/*/*/rollout-*-{session}.jsonl")):
        return Found(path, path.relative_to(top).as_posix())
    return None


def take_in(session: str, files: Files, env: Mapping[str, str]) -> str | None:
    """Puts a conversation's file where codex looks for it; its name here."""
    name = next(iter(files), "")
    if not (ID.fullmatch(session) and NAME.fullmatch(name) and name.endswith(f"{session}.jsonl")):
        return None
    data, here = files[name], find_session(session, env)
    if here is None:
        return session if create_file(home(env) / name, data) else None
    if here.path.read_bytes().startswith(data):
        return session  # all of it is here, and perhaps more
    return fork(session, files, env)


def fork(session: str, files: Files, env: Mapping[str, str]) -> str | None:
    """Puts a conversation there under a new name, which it returns."""
    new = _new_id()
    return take_in(new, renamed(session, new, files), env) if ID.fullmatch(session) else None


def _new_id() -> str:
    """A name such as codex gives: the time in its first half, chance in the other (UUIDv7)."""
    moment = int(time.time() * 1000) << 80
    return str(uuid.UUID(int=moment | 7 << 76 | 2 << 62 | secrets.randbits(62)))
