"""Claude's conversations: files in its configuration folder, in one folder for each workspace.

    projects/<the workspace's path, all but letters and digits as ->/<id>.jsonl
    projects/<…>/<id>/…        what its subagents said, and long outputs

On another machine, or for another folder, they are put where claude looks for them there; the
paths inside are history and stay as they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from git_phc.agents.sessions import read_files, renamed
from git_phc.errors import Refused
from git_phc.plugins.protocols import Files

MAIN, REST = "conversation.jsonl", "files/"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 200  # of a folder's name, before its hash
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def config(env: Mapping[str, str]) -> Path:
    """Claude's configuration folder in this environment."""
    return Path(
        env.get("CLAUDE_CONFIG_DIR") or Path(env.get("HOME") or "~").expanduser() / ".claude"
    )


class Sessions:
    """The conversations of one workspace."""

    def __init__(self, env: Mapping[str, str], workspace: Path) -> None:
        self._folder = config(env) / "projects" / slug(os.path.realpath(workspace))

    def has(self, session: str) -> bool:
        """Whether claude can go on with it here."""
        return _is_id(session) and self._main(session).is_file()

    def read(self, session: str) -> Files:
        """All files of a conversation; none where it is not here."""
        if not self.has(session):
            return {}
        files = {MAIN: self._main(session)}
        rest = self._folder / session
        for path in sorted(rest.rglob("*")):
            if path.is_file() and not path.is_symlink():
                files[REST + path.relative_to(rest).as_posix()] = path
        return read_files(files)

    def write(self, session: str, files: Files) -> str | None:
        """Puts a conversation here; the id that it has here. None where it cannot be one.

        Another state of the same conversation that is here already is kept: the new one then
        gets an id of its own.
        """
        if not _is_id(session) or not files.get(MAIN) or not all(map(_is_safe, files)):
            return None
        if self.has(session):
            with suppress(Refused):  # it is longer than what comes
                if self.read(session) == files:
                    return session
            return self.fork(session, files)
        rest = self._folder / session
        for name, data in files.items():
            if name != MAIN:
                _write_new(rest / name.removeprefix(REST), data)
        _write_new(self._main(session), files[MAIN])
        return session

    def fork(self, session: str, files: Files) -> str | None:
        """Puts a conversation here under a new id, which it returns."""
        import uuid  # few conversations are ever copied

        new = str(uuid.uuid4())
        return self.write(new, renamed(session, new, files)) if _is_id(session) else None

    def _main(self, session: str) -> Path:
        return self._folder / f"{session}.jsonl"


def slug(folder: str) -> str:
    """The name of a workspace's folder, as claude makes it: it counts in UTF-16."""
    data = folder.encode("utf-16-le", "surrogatepass")
    units = [low | high << 8 for low, high in zip(data[::2], data[1::2], strict=True)]
    name = "".join(chr(u) if u < 128 and chr(u).isalnum() else "-" for u in units)
    if len(name) <= _LONGEST:
        return name
    number = 0
    for unit in units:
        number = (number * 31 + unit) & 0xFFFFFFFF
    return f"{name[:_LONGEST]}-{_base36(min(number, 2**32 - number))}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _is_id(session: str) -> bool:
    return _ID.fullmatch(session) is not None


def _is_safe(name: str) -> bool:
    """Whether a name stays in its folder: files may come from anywhere."""
    rest = name.removeprefix(REST)
    is_plain = not {"", ".", ".."}.intersection(rest.split("/")) and "\0" not in rest
    return name == MAIN or (name.startswith(REST) and is_plain)


def _write_new(path: Path, data: bytes) -> None:
    """Writes a file that is whole or not there, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.half")
    half.touch(mode=0o600)
    half.write_bytes(data)
    half.replace(path)
