"""Repositories inside the checkout, and whether they hold work that is nowhere else.

A checkpoint cannot carry them: their objects live in a store of their own. They are named,
and the one who wants to remove the checkout has to stop.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from git_phc.errors import GitFailed, PhcError, Refused
from git_phc.git import run
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.checkpoint.observe import Seen
from git_phc.git.desk import Desk
from git_phc.git.exposure import is_exposed, submodules
from git_phc.git.repo import Repo


def uncarried(repo: Repo) -> tuple[str, ...]:
    """Every repository inside this checkout that has work of its own, by path.

    Looks everywhere, in ignored folders too. To be asked before a checkout is removed.
    """
    if repo.worktree is None:
        raise Refused("there is no checkout here")
    root = repo.worktree
    known = submodules(repo) if is_exposed(repo) else ()
    modules = {os.path.relpath(module, root) for module in known}
    return tuple(sorted(_with_work(repo, root, _repositories(root), modules)))


def uncarried_of(desk: Desk, seen: Seen) -> tuple[str, ...]:
    """The same of a checkout that was just read, without those in ignored folders."""
    grown = (change.path for change in seen.status.changes if change.work_mode == GITLINK)
    names = {*seen.status.nested, *seen.listing.modules, *grown}
    return tuple(sorted(_with_work(desk.repo, desk.root, names, seen.listing.modules)))


def _with_work(
    repo: Repo, root: Path, names: Iterable[str], modules: Container[str]
) -> Iterator[str]:
    """Those of them that have work of their own. Where somebody else writes, each one counts: to
    ask git in there would be to obey it. But submodules are kept from whoever is in a sandbox.
    """
    exposed = is_exposed(repo)
    for name in names:
        folder = root / name
        anyones = repo.foreign or (exposed and name not in modules)
        if os.path.lexists(folder / ".git") if anyones else has_own_work(folder):
            yield name


def _repositories(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root, onerror=_cannot_look):
        if folder != str(root) and (".git" in folders or ".git" in files):
            yield os.path.relpath(folder, root)
        if ".git" in folders:
            folders.remove(".git")


def _cannot_look(error: OSError) -> None:
    raise PhcError(
        f"the folder {error.filename} cannot be read, so nobody knows what is in it",
        "Grant yourself access to it, then try again",
    ) from error


def has_own_work(folder: Path) -> bool:
    """Whether the repository at `folder` has changes or commits that no remote of it has.

    One that cannot be read counts as having some: nobody can tell that it has not.
    """
    if not (folder / ".git").exists():
        return False  # a submodule that was never filled
    try:
        return _is_changed(folder) or _has_own_commits(folder)
    except GitFailed:
        return True


def _is_changed(folder: Path) -> bool:
    where = (f"--work-tree={folder}", f"--git-dir={folder / '.git'}")
    words = ("status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=none")
    return bool(run.git([*where, *words], cwd=folder).out)


def _has_own_commits(folder: Path) -> bool:
    git_dir = f"--git-dir={folder / '.git'}"
    unborn = not run.git([git_dir, "rev-parse", "-q", "--verify", "HEAD"], ok=(0, 1)).ok
    tips = ["--all"] if unborn else ["HEAD", "--all"]
    words = ["rev-list", "-n1", *tips, "--not", "--remotes", "--"]
    return bool(run.git([git_dir, *words], cwd=folder).out)
