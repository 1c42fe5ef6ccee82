"""The shell script that every hook of ours is; see `hooks/shim` at the top of the project."""

from __future__ import annotations

import os
import secrets
import shlex
from functools import cache
from pathlib import Path

NAMES = ("post-commit", "prepare-commit-msg", "post-rewrite", "pre-push")  # those that do something
MARK = b"# A hook of git phc."


def put(place: Path, name: str, before: str) -> None:
    """Puts the hook `name` at its place; at every instant there is the old file or the new one.

    `before` is a word of shell: the path of the hook that it stands in for.
    """
    text = _text().replace("@HOOK@", shlex.quote(name)).replace("@BEFORE@", before)
    temporary = place.with_name(f".{name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(os.fsencode(text))
        temporary.chmod(0o755)
        temporary.replace(place)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def is_ours(path: Path) -> bool:
    """Whether this file is a hook that `put` has written."""
    try:
        with path.open("rb") as file:
            return MARK in file.read(200)
    except OSError:
        return False


@cache
def _text() -> str:
    package = Path(__file__).parent.parent.parent
    places = (package / "hooks", package.parent / "hooks")  # in a wheel; in a clone
    return next(at for at in places if (at / "shim").exists()).joinpath("shim").read_text()
