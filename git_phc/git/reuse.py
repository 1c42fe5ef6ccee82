"""Takes from a worktree all that its former use has left, so that it can be used again.

What is left in the end is what `git worktree add --detach` would have made: the tracked files
of one commit. It is not a list of known traces that goes, but all that is not known to belong.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from git_phc.errors import GitFailed
from git_phc.git.repo import Repo
from git_phc.git.worktrees import LINK
from git_phc.host.paths import read_text, replace_file

OWN = frozenset({"HEAD", "commondir", "gitdir", "locked"})
"""What git writes into a worktree's administrative folder, besides the index."""


def is_plain(here: Repo) -> bool:
    """Whether the worktree has nothing of its own that a washed one could not be rid of, or
    that git would have to give to a new one: submodules, a sparse checkout, refs in a table.
    """
    own = ("modules", "reftable", "config.worktree", "info/sparse-checkout")
    return not any((here.git_dir / name).exists() for name in own)


def gives_settings(repo: Repo) -> bool:
    """Whether `git worktree add` would give a new worktree settings of this checkout's own."""
    own = ("config.worktree", "info/sparse-checkout")
    return any((repo.git_dir / name).exists() for name in own)


def detach(here: Repo) -> None:
    """Lets go of the branch that is checked out; touches no file."""
    here.git(
        "update-ref", "--no-deref", "HEAD", here.text("rev-parse", "--verify", "HEAD^{commit}")
    )


def move_worktree(repo: Repo, old: Path, new: Path) -> None:
    """Moves a worktree that is locked by us. Raises GitFailed, also for one with submodules."""
    repo.git("worktree", "move", "--force", "--force", "--", str(old), str(new))


def rename_admin(worktree: Path, git_dir: Path, name: str) -> Path:
    """Gives a worktree another name to git: the one that it has tells what it was made for.

    A kill in the middle leaves a worktree that names `name`, which is not there yet.
    """
    new = git_dir.with_name(name)
    said = (read_text(worktree / ".git") or "").removeprefix(LINK)
    link = new if Path(said).is_absolute() else os.path.relpath(new, worktree)
    replace_file(worktree / ".git", os.fsencode(f"{LINK}{link}\n"))
    git_dir.rename(new)
    return new


def wash(here: Repo, kept: frozenset[str]) -> bool:
    """Leaves tracked files in the worktree, as its commit has them, and nothing else.

    `kept` names what else may stay in the administrative folder. False where that cannot be
    done; then the worktree is of no use any more.
    """
    if here.worktree is None:
        return False
    try:
        _strip(here.git_dir, OWN | kept)
        here.git("read-tree", "HEAD")  # an index of its own: no flags, no extensions, no times
        here.git("clean", "-ffdxq")
        for path in _odd(here.worktree):
            path.unlink()
        here.git("update-index", "-q", "--refresh", ok=())
        here.git("checkout-index", "--all", "--force", "--index", "--quiet")
        return is_washed(here, kept)
    except (GitFailed, OSError):
        return False


def is_washed(here: Repo, kept: frozenset[str]) -> bool:
    """Whether it still is as `wash` has left it, as far as git can see. Raises GitFailed."""
    if {path.name for path in here.git_dir.iterdir()} - OWN - kept != {"index"}:
        return False
    words = ("--porcelain", "-z", "--ignored", "--untracked-files=normal", "--no-renames")
    return not here.git("status", *words).out


def put_on_branch(here: Repo, branch: str, start: str) -> None:
    """Takes a washed worktree to the commit `start`, and onto the branch that is there.

    Not by `git checkout`: that would write into its log where it comes from, and `git checkout -`
    would lead there.
    """
    head = here.text("rev-parse", "HEAD")
    if head != start:
        here.git("read-tree", "-m", "-u", head, start)
    here.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")


def _strip(git_dir: Path, kept: frozenset[str]) -> None:
    for path in list(git_dir.iterdir()):
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _odd(root: Path) -> Iterator[Path]:
    """Files that git takes for unchanged, and that are not as git would write them: of another
    mode, with attributes, or with a second name somewhere else. Folders are set right at once.
    """
    umask = os.umask(0)
    os.umask(umask)
    usual = {0o666 & ~umask, 0o777 & ~umask}
    own = os.path.join(root, ".git")
    _level(root, 0o777 & ~umask)
    for place, folders, names in os.walk(root):
        for name in folders:
            folder = Path(place, name)
            if not folder.is_symlink():
                _level(folder, 0o777 & ~umask)
        for name in names:
            path = os.path.join(place, name)
            if path != own and _is_odd(path, usual):
                yield Path(path)


def _is_odd(path: str, usual: Collection[int]) -> bool:
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        return False
    if not stat.S_ISREG(found.st_mode):
        return True  # a pipe or a socket, which `git clean` does not see
    is_usual = found.st_mode & 0o7777 in usual and found.st_nlink == 1
    return not is_usual or bool(_attributes(path))


def _level(folder: Path, mode: int) -> None:
    if folder.stat().st_mode & 0o5777 != mode:  # but for what a folder inherits (set-group-ID)
        folder.chmod(mode | (folder.stat().st_mode & 0o2000))
    for name in _attributes(str(folder)):
        os.removexattr(folder, name)


def _attributes(path: str) -> list[str]:
    """The extended attributes that a user can set; where there are none, none."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        return [name for name in os.listxattr(path, follow_symlinks=False) if name[:5] == "user."]
    except OSError:
        return []
