"""The programs of others on this machine: where they are, and what they say of themselves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:[-+.][0-9A-Za-z.]+)?")
PATIENCE = 10.0  # seconds in which a program must tell its version


def found(program: str, path: str | None) -> Path | None:
    """Where a program is, looked for in `path` (the user's PATH)."""
    place = shutil.which(program, path=path)
    return Path(place) if place else None


def version_of(program: Path, package: str, env: Mapping[str, str]) -> str | None:
    """The version of a program that npm may have installed as a part of `package`.

    It stands in the package's description, which is read in no time; a program that came another
    way is asked.
    """
    real = program.resolve()
    for folder in real.parents[:4]:
        with suppress(OSError, ValueError):
            about = json.loads((folder / "package.json").read_bytes())
            if isinstance(about, dict) and about.get("name") == package:
                return str(about.get("version"))
    return _told(program, env)


def _told(program: Path, env: Mapping[str, str]) -> str | None:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603  (the user's own program)
            [os.fspath(program), "--version"],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if match := VERSION.search(done.stdout.decode(errors="replace")):
            return match[0]
    return None


def answer(argv: Sequence[str], seconds: float = PATIENCE) -> tuple[bool, str]:
    """Whether a program ends well in that time, and what it says, on one line."""
    try:
        done = subprocess.run(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return False, str(error)
    return done.returncode == 0, " ".join(done.stdout.decode(errors="replace").split())
