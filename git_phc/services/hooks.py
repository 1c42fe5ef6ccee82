"""Installs our git hooks beside those of others, takes them away, says how they stand."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.hooks import beside, instead
from git_phc.git.hooks.path import HooksPath, hooks_path, own_folder
from git_phc.git.hooks.shim import NAMES
from git_phc.host.lock import in_turn
from git_phc.services.context import Context
from git_phc.store import layout

WAIT = 10.0  # seconds that another install may take


class Hook(Struct, frozen=True):
    """One of our hooks: "installed", "replaced" by another program, or "missing"."""

    name: str
    state: str
    note: str


def install(ctx: Context) -> list[Hook]:
    """Puts our hooks in force. Raises Refused where they cannot be, with nothing changed."""
    repo = ctx.repo
    if repo.worktree is None:
        raise Refused(
            "this is no checkout, and where nobody commits there is nothing for hooks to do",
            "Install them in a clone, or in a worktree",
        )
    with in_turn(layout.hooks_lock(repo), WAIT):
        found = hooks_path(repo)
        if found is None and beside.is_possible(repo):
            instead.uninstall(repo)
            beside.install(repo)
        else:
            folder = str(own_folder(repo))  # a link to one that is not the repository's
            instead.install(repo, found or HooksPath(folder, folder, "unset"))
            beside.uninstall(repo)
    return status(ctx)


def uninstall(ctx: Context) -> list[Path]:
    """Gives everything back as it was; the paths of what somebody else's hook stands in for."""
    with in_turn(layout.hooks_lock(ctx.repo), WAIT):
        if instead.is_installed(ctx.repo):
            instead.uninstall(ctx.repo)
        beside.uninstall(ctx.repo)
    return beside.kept_aside(ctx.repo)


def status(ctx: Context) -> list[Hook]:
    """How each of our hooks stands, and those of others that are left out."""
    repo = ctx.repo
    if instead.is_installed(repo):
        found = [Hook(name, *instead.state(repo, name)) for name in NAMES]
        note = "it came later; install again, and it runs"
        return [*found, *(Hook(name, "left out", note) for name in instead.left_out(repo))]
    other = hooks_path(repo)
    if other is not None and beside.is_installed(repo):
        return [Hook(name, "replaced", f"core.hooksPath is {other.typed} now") for name in NAMES]
    return [Hook(name, *beside.state(repo, name)) for name in NAMES]
