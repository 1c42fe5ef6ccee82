"""Hooks of ours in git's own folder; what was there under their names is kept aside.

Aside means a folder next to it, under the same name, so that a hook which looks at its own
name, or for its neighbours, finds what it did, and a relative link still leads there.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from git_phc.git.hooks.path import own_folder
from git_phc.git.hooks.shim import NAMES, is_ours, put
from git_phc.git.repo import Repo

ASIDE, NEIGHBOURS = "hooks-before-phc", Path("../hooks")
# Where other programs put a hook that they find: pre-commit runs it there, lefthook does not.
RUN, UNUSED = ".legacy", ".old"


def is_possible(repo: Repo) -> bool:
    """Whether the folder is the repository's own, and not a link to somebody else's."""
    return not own_folder(repo).is_symlink()


def is_installed(repo: Repo) -> bool:
    """Whether anything of ours is there."""
    return _aside(repo).exists() or any(_places(repo, name) for name in NAMES)


def install(repo: Repo) -> None:
    """Puts ours there; may be done again."""
    folder = own_folder(repo)
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        run = (folder / name, folder / (name + RUN))
        place = next(filter(is_ours, run), None)
        if place is None:
            _give_back(repo, name)  # somebody may have put another in our place meanwhile
            _keep_aside(repo, name)
        put(place or folder / name, name, f'"${{0%/*}}"/../{ASIDE}/{name}')
    _link_neighbours(repo)


def uninstall(repo: Repo) -> None:
    """Takes ours away, and puts back what was there, as it was."""
    for name in NAMES:
        _give_back(repo, name)
    aside = _aside(repo)
    for left in aside.iterdir() if aside.exists() else ():
        if left.is_symlink() and left.readlink().parent == NEIGHBOURS:
            left.unlink()
    with suppress(OSError):  # what could not be given back stays
        aside.rmdir()


def state(repo: Repo, name: str) -> tuple[str, str]:
    """How one hook of ours stands, and a note on it."""
    folder = own_folder(repo)
    if is_ours(folder / name):
        kept = _aside(repo) / name
        return "installed", f"after {kept}" if os.path.lexists(kept) else ""
    if is_ours(folder / (name + RUN)):
        return "installed", f"run by {folder / name}"
    if is_installed(repo) and os.path.lexists(folder / name):
        return "replaced", f"another program has written {folder / name} since"
    return "missing", ""


def kept_aside(repo: Repo) -> list[Path]:
    """What could not be given back, since something else stands in its place."""
    return [path for name in NAMES if os.path.lexists(path := _aside(repo) / name)]


def _aside(repo: Repo) -> Path:
    return repo.common_dir / ASIDE


def _places(repo: Repo, name: str) -> list[Path]:
    folder = own_folder(repo)
    return [at for end in ("", RUN, UNUSED) if is_ours(at := folder / (name + end))]


def _keep_aside(repo: Repo, name: str) -> None:
    """Gives what is there a second name, so that a kill here leaves it in force."""
    hook, aside = own_folder(repo) / name, _aside(repo)
    if os.path.lexists(hook):
        aside.mkdir(exist_ok=True)
        (aside / name).unlink(missing_ok=True)  # of an earlier try that was killed here
        try:
            os.link(hook, aside / name, follow_symlinks=False)
        except OSError:  # a file system without second names
            shutil.copy2(hook, aside / name, follow_symlinks=False)


def _give_back(repo: Repo, name: str) -> None:
    kept = _aside(repo) / name
    places = _places(repo, name)
    if not places and not os.path.lexists(own_folder(repo) / name):
        places = [own_folder(repo) / name]
    for place in places:
        if os.path.lexists(kept):
            kept.replace(place)
        else:
            place.unlink(missing_ok=True)


def _link_neighbours(repo: Repo) -> None:
    """A hook that was moved may call what lies beside it."""
    folder, aside = own_folder(repo), _aside(repo)
    for path in folder.iterdir() if aside.exists() else ():
        if path.name not in NAMES and path.suffix != ".sample" and not is_ours(path):
            with suppress(FileExistsError):
                (aside / path.name).symlink_to(NEIGHBOURS / path.name)
