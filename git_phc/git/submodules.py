"""Fills the submodules of a new worktree: those that the repository's own checkout has filled.

git leaves them empty in a worktree. Here each is cloned from the store that the main checkout
has of it, which takes no network; where the commit is not in there, from its own address.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from git_phc.errors import GitFailed, Refused
from git_phc.git import run
from git_phc.git.repo import Repo, open_repo

LOCAL = ("-c", "protocol.file.allow=always")  # from our own store, by its path
TRACKED = "+refs/remotes/origin/*:refs/remotes/origin/*"


def fill_submodules(root: Path, source: Path) -> None:
    """Fills those of the checkout at `root` that `source`, the git folder of another checkout of
    the same repository, has filled; in them the same again. Raises Refused in git's words.
    """
    if not (root / ".gitmodules").is_file():
        return
    here = open_repo(root)
    for name, path in _declared(here):
        store = source / "modules" / name
        url = _said(source / "config", f"submodule.{name}.url")
        if not url or not store.is_dir() or not (root / path).is_dir():
            continue
        try:
            _fill(here, name, path, store, url)
        except GitFailed as error:
            raise Refused(
                f"the submodule {path} cannot be filled: {' '.join(error.stderr.split())[:500]}",
                f"Try by hand what git says: git submodule update --init {path}",
            ) from error
        fill_submodules(root / path, store)


def _fill(here: Repo, name: str, path: str, store: Path, url: str) -> None:
    update = ("submodule", "--quiet", "update", "--init", "--checkout", "--", path)
    local = here.git(*LOCAL, "-c", f"submodule.{name}.url={store}", *update, ok=())
    if not local.ok:
        here.git(*update)
        return
    inner = open_repo((here.worktree or Path()) / path)
    inner.git("remote", "set-url", "origin", url)
    inner.git(*LOCAL, "fetch", "--quiet", "--no-tags", str(store), TRACKED)  # what others have


def _declared(here: Repo) -> Iterator[tuple[str, str]]:
    """Name and path of each submodule that the checked out commit has."""
    words = ("config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
    for entry in os.fsdecode(here.git(*words, ok=(0, 1)).out).split("\0"):
        key, _, path = entry.partition("\n")
        if path:
            yield key.removeprefix("submodule.").removesuffix(".path"), path


def _said(config: Path, key: str) -> str:
    found = run.git(["config", "--file", config, key], ok=(0, 1))
    return os.fsdecode(found.out).removesuffix("\n")
