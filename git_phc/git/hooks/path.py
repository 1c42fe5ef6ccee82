"""Where git looks for hooks here, and how that is changed.

The one place that asks git for its hooks without switching them off first.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from git_phc.git.repo import Repo

KEY = "core.hooksPath"


class HooksPath(Struct, frozen=True):
    """What `core.hooksPath` says: as it was typed, as a path, and in which configuration.

    `scope` is git's word: "local", "global", "system", "worktree", "command".
    """

    typed: str
    path: str
    scope: str


def hooks_path(repo: Repo) -> HooksPath | None:
    """The setting that counts, None where there is none and git looks into its own folder."""
    said = _config(repo, "--show-scope", "-z", "--get", KEY)
    if said is None:
        return None
    scope, _, typed = said.partition("\0")
    path = _config(repo, "--type=path", "-z", "--get", KEY) or ""
    return HooksPath(typed.removesuffix("\0"), path.removesuffix("\0"), scope)


def own_folder(repo: Repo) -> Path:
    """The folder of hooks that git uses where nothing is set."""
    return repo.common_dir / "hooks"


def set_local(repo: Repo, key: str, value: str | None) -> None:
    """Sets one value in the repository's own configuration; None takes all of that name away."""
    if value is not None:
        repo.git("config", "--local", "--replace-all", key, value)
    else:
        repo.git("config", "--local", "--unset-all", key, ok=(0, 5))  # 5: there was none


def local(repo: Repo, key: str, *how: str) -> str | None:
    """The value in the repository's own configuration; `--type=path`: with `~` made whole."""
    said = _config(repo, "--local", *how, "-z", "--get", key)
    return None if said is None else said.removesuffix("\0")


def _config(repo: Repo, *words: str) -> str | None:
    done = repo.git("config", *words, ok=(0, 1), hardened=False)
    return os.fsdecode(done.out) if done.ok else None
