"""Makes a repository of our own, without a checkout, and sets what it is set to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from git_phc.git import run
from git_phc.git.repo import Repo, without_checkout


def bare_repo(path: Path, object_format: str) -> Repo:
    """The bare repository at `path`; it is made where there is none, whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            words = ["init", "-q", "--bare", f"--object-format={object_format}", "--template="]
            run.git([*words, "--", str(made)])
            with suppress(OSError):  # another one was quicker
                made.rename(path)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return without_checkout(path)


def set_settings(repo: Repo, settings: Mapping[str, str | Sequence[str]]) -> None:
    """Sets these keys of the repository's own configuration, those that have other values."""
    for key, given in settings.items():
        values = [given] if isinstance(given, str) else list(given)
        known = repo.git("config", "--local", "-z", "--get-all", key, ok=(0, 1)).out
        if os.fsdecode(known).split("\0")[:-1] != values:
            repo.git("config", "--local", "--replace-all", key, values[0])
            for value in values[1:]:
                repo.git("config", "--local", "--add", key, value)


def local_settings(repo: Repo, sections: tuple[str, ...]) -> dict[str, list[str]]:
    """What a repository's own configuration says in these sections: all values of each key."""
    found = os.fsdecode(repo.git("config", "--local", "-z", "--list").out).split("\0")
    all_of: dict[str, list[str]] = {}
    for key, _, value in (entry.partition("\n") for entry in found if entry):
        if key.partition(".")[0] in sections:
            all_of.setdefault(key, []).append(value)
    return all_of
