"""opencode's conversations: in a database of its own, moved by its export and its import."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from git_phc.agents.acp.sessions import Spent
from git_phc.host.process import MARKER, end_group, spawn_group, sweep
from git_phc.plugins.protocols import Files, Turn

EXPORT = "session.json"
PATIENCE = 60  # seconds for an export or an import
_NAME = re.compile(rb"\b((?:ses|msg|prt)_[0-9a-f]{12})[0-9A-Za-z]{14}\b")
_COLUMNS = (
    *("tokens_input", "tokens_cache_write", "tokens_cache_read"),
    *("tokens_output", "tokens_reasoning", "cost"),
)


class OpencodeSessions:
    """Conversations by `opencode export` and `opencode import`."""

    def has(self, program: str, session: str, turn: Turn) -> bool:
        """Whether its database has the conversation."""
        if _asked(turn, "SELECT 1 FROM session WHERE id = ?", session):
            return True
        return self._exported(program, session, turn) is not None

    def export(self, program: str, session: str, turn: Turn) -> Files:
        """The conversation as one document."""
        data = self._exported(program, session, turn)
        return {} if data is None else {EXPORT: data}

    def take_in(self, program: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts the conversation into the database, as one of the folder `turn.cwd`. Where the
        database has another state of it, the one that comes gets names of its own.
        """
        data = files.get(EXPORT, b"")
        if (said := _messages(data, session)) is None:
            return None
        if (here := self._exported(program, session, turn)) is not None:
            if (_messages(here, session) or [])[: len(said)] == said:
                return session  # all of it is here, and perhaps more
            data, session = _renamed(data, session)
        return self._take(program, session, data, turn)

    def fork(self, program: str, session: str, files: Files, turn: Turn) -> str | None:
        """Puts the conversation into the database under new names."""
        data = files.get(EXPORT, b"")
        if _messages(data, session) is None:
            return None
        data, session = _renamed(data, session)
        return self._take(program, session, data, turn)

    def _take(self, program: str, session: str, data: bytes, turn: Turn) -> str | None:
        document = turn.scratch / "opencode-import.json"
        document.write_bytes(data)
        done = _run((program, "import", str(document)), turn, turn.scratch / "opencode-said")
        return session if done and self.has(program, session, turn) else None

    def _exported(self, program: str, session: str, turn: Turn) -> bytes | None:
        # Into a file: what it writes into a pipe may be cut off where it ends.
        out = turn.scratch / "opencode-export.json"
        if not _run((program, "export", session), turn, out):
            return None
        data = out.read_bytes()
        return None if _messages(data, session) is None else data


def _messages(data: bytes, session: str) -> list[str] | None:
    """The names of a conversation's messages, in order; None where it is not that one."""
    try:
        document = json.loads(data)
        if document["info"]["id"] != session:
            return None
        return [str(message["info"]["id"]) for message in document["messages"]]
    except (ValueError, KeyError, TypeError):
        return None


def _renamed(data: bytes, session: str) -> tuple[bytes, str]:
    """The conversation under new names of everything in it, and its own. The first half of a
    name is its time, by which the database sorts.
    """
    names: dict[bytes, bytes] = {}

    def another(found: re.Match[bytes]) -> bytes:
        new = found[1] + secrets.token_hex(7).encode()
        return names.setdefault(found[0], new)

    renamed = _NAME.sub(another, data)
    return renamed, names[session.encode()].decode()


def spent(session: str, turn: Turn) -> Spent | None:
    """What a conversation has cost so far, with those that it has called in. Over the protocol
    opencode tells only what its last request took.
    """
    sums = ", ".join(f"sum({column})" for column in _COLUMNS)
    query = f"SELECT {sums} FROM session WHERE id = ? OR parent_id = ?"  # noqa: S608  (constants)
    row = _asked(turn, query, session, session)
    if row is None or None in row:
        return None
    fresh, stored, cached, out, thought, usd = row
    return Spent(fresh + stored + cached, out + thought, cached, usd or None)


def _asked(turn: Turn, query: str, *names: str) -> tuple[Any, ...] | None:
    """One row of its database, read by ourselves, as the program takes more than a second to
    say anything. The database is its own affair, and may be another tomorrow: then None.
    """
    import sqlite3

    data = turn.env.get("XDG_DATA_HOME") or f"{turn.env.get('HOME', '')}/.local/share"
    try:
        url = Path(data, "opencode", "opencode.db").absolute().as_uri()
        with closing(sqlite3.connect(f"{url}?mode=ro", uri=True)) as database:
            row: tuple[Any, ...] | None = database.execute(query, names).fetchone()
            return row
    except (sqlite3.Error, ValueError):
        return None


def _run(argv: Sequence[str], turn: Turn, out: Path) -> bool:
    """Runs it to its end, its output in a file; whether it went well."""
    mark = f"{turn.env[MARKER]}-opencode"
    env = {**turn.env, MARKER: mark}
    try:
        with out.open("wb") as file:
            process = spawn_group(
                argv,
                cwd=turn.cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.DEVNULL,
                within=turn.within,
            )
            try:
                return process.wait(PATIENCE) == 0
            finally:
                end_group(process, 0)
                sweep(mark, 0)
    except (OSError, subprocess.TimeoutExpired):
        return False
