"""Small files that are written whole: to a temporary name, synced, then put in place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Puts `data` at `path`: at every instant there is the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _synced(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def create_file(path: Path, data: bytes) -> bool:
    """Puts `data` at `path` unless something is there; says whether it did."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _synced(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _synced(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        error.filename = error.filename or path  # a write does not say where it failed
        raise
    return temporary


def read_text(path: Path) -> str | None:
    """The file's text, None where there is no such file."""
    try:
        return os.fsdecode(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
