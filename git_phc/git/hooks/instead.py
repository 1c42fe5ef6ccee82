"""A folder of hooks of ours that `core.hooksPath` leads to; each calls that of the folder before.

The path of the folder before stays as it was typed: a relative one means another folder in each
checkout. It is recorded in the repository's configuration, as is whether it was said there.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from git_phc.errors import Refused
from git_phc.git.hooks.path import KEY, HooksPath, hooks_path, local, set_local
from git_phc.git.hooks.shim import NAMES, is_ours, put
from git_phc.git.repo import Repo

FOLDER = "phc-hooks"
BEFORE, WAS_LOCAL = "phc.hooksBefore", "phc.hooksBeforeLocal"
# Hooks that cost nothing where there is none before, so that one which comes later is run too.
# Others change what git does by being there: ours stand in for those that are there now.
HARMLESS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit",
    "commit-msg", "pre-rebase", "post-checkout", "post-merge", "pre-auto-gc", *NAMES,
)  # fmt: skip
OTHERS = (
    "reference-transaction", "post-index-change", "push-to-checkout", "sendemail-validate",
    "pre-receive", "update", "proc-receive", "post-receive", "post-update",
)  # fmt: skip


def folder(repo: Repo) -> Path:
    return repo.common_dir / FOLDER


def is_in_force(repo: Repo, found: HooksPath | None) -> bool:
    """Whether git looks into our folder."""
    return found is not None and Path(found.path) == folder(repo)


def is_installed(repo: Repo) -> bool:
    return local(repo, BEFORE) is not None or folder(repo).exists()


def install(repo: Repo, found: HooksPath) -> None:
    """Points git to our folder, whose hooks call those of `found`. Raises Refused."""
    if found.scope in ("worktree", "command"):
        where = "for this worktree alone" if found.scope == "worktree" else "on the command line"
        raise Refused(
            f"{KEY} is set {where}, and would win over what is set for the repository",
            f"Look: git config --show-origin {KEY}",
        )
    if Path(found.path).name != FOLDER:  # else it is ours, if only where the repository once was
        set_local(repo, BEFORE, found.typed)
        set_local(repo, WAS_LOCAL, "false" if local(repo, KEY) is None else "true")
    folder(repo).mkdir(exist_ok=True)
    for name in (*HARMLESS, *_there(repo)):
        put(folder(repo) / name, name, shlex.quote(_before(repo, name)))
    set_local(repo, KEY, str(folder(repo)))
    now = hooks_path(repo)
    if not is_in_force(repo, now):
        uninstall(repo)
        raise Refused(
            f"{KEY} is {now and now.typed} in a file that wins over the repository's own settings",
            f"Look where: git config --show-origin {KEY}",
        )


def uninstall(repo: Repo) -> None:
    """Gives the setting back as it was; where another has been made since, that one stays."""
    if Path(local(repo, KEY) or "/").name == FOLDER:
        before = local(repo, BEFORE) if local(repo, WAS_LOCAL) == "true" else None
        set_local(repo, KEY, before)
    set_local(repo, BEFORE, None)
    set_local(repo, WAS_LOCAL, None)
    shutil.rmtree(folder(repo), ignore_errors=True)


def state(repo: Repo, name: str) -> tuple[str, str]:
    """How one hook of ours stands, and a note on it."""
    found = hooks_path(repo)
    if not is_in_force(repo, found):
        return "replaced", f"{KEY} is {found.typed if found else 'not set'} now"
    if not is_ours(folder(repo) / name):
        return "missing", ""
    return "installed", f"after {_before(repo, name)}"


def left_out(repo: Repo) -> list[str]:
    """Hooks of the folder before that came later, and that ours do not stand in for."""
    return [name for name in _there(repo) if not is_ours(folder(repo) / name)]


def _before(repo: Repo, name: str) -> str:
    """The path of a hook of the folder before, as git would make it."""
    return f"{local(repo, BEFORE, '--type=path') or ''}/{name}"


def _there(repo: Repo) -> list[str]:
    root = repo.worktree or repo.git_dir
    return [name for name in OTHERS if os.access(root / _before(repo, name), os.X_OK)]
