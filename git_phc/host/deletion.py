"""Deletes a folder whole: never through a link, never into another file system."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path


def delete_tree(folder: Path) -> bool:
    """Deletes a folder and all that is in it; says whether it is gone.

    What a tool has made read-only (a cache of Go modules, say) is deleted like the rest. A link
    is deleted, and what it leads to left alone.
    """
    if not os.path.lexists(folder):
        return True
    if folder.is_symlink() or mounted_in(folder):
        return False
    for prepare in (None, _grant, _by_program):
        with suppress(RecursionError):
            if prepare:
                prepare(folder)
            shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return True
    return False


def _grant(folder: Path) -> None:
    """Makes every folder in `folder` one that may be read and written by its owner."""
    with suppress(OSError):
        folder.chmod(0o700)
    for place, names, _ in os.walk(folder):
        for name in names:
            inner = Path(place, name)
            with suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(0o700)


def _by_program(folder: Path) -> None:
    """By the system's `rm`, which goes deeper into nested folders than Python does."""
    with suppress(OSError):
        subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL, check=False)  # noqa: S603


def mounted_in(folder: Path) -> Path | None:
    """The first place in `folder` at which another file system, or folder, is mounted.

    Whoever deletes the folder would delete that, too, and be none the wiser: a folder that is
    mounted from the same disk cannot be told by its device. None where the system has no list.
    """
    try:
        table = Path("/proc/self/mountinfo").read_bytes()
    except OSError:
        return None
    root = os.fsencode(folder.parent.resolve() / folder.name)
    for line in table.splitlines():
        place = _unescaped(line.split(b" ")[4])
        if place == root or place.startswith(root + b"/"):
            return Path(os.fsdecode(place))
    return None


def _unescaped(field: bytes) -> bytes:
    """A name without the octal numbers that the system's table has for spaces and the like."""
    head, *rest = field.split(b"\\")
    return head + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in rest)
