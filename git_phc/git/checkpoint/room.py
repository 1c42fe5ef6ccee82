"""What stands in a checkout where files of a checkpoint shall come, and must not be lost."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

from msgspec import Struct

from git_phc.errors import Refused
from git_phc.git.checkpoint.contents import Contents, refuse_outside, walk
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.names import all_folders, folders_above
from git_phc.git.objects import Reader


class Names(Struct, frozen=True):
    """The paths of a checkpoint.

    Attributes:
        files: all that it holds, tracked or not; modules: the submodules that it names.
        untracked: those of the files that were untracked.
    """

    files: Set[str]
    modules: Set[str]
    untracked: Set[str]


def names_of(reader: Reader, contents: Contents) -> Names:
    """Raises DamagedTask where one leads out of the checkout."""
    work = dict(walk(reader, contents.work))
    modules = {path for path, entry in work.items() if entry.mode == int(GITLINK, 8)}
    others = {path for path, _ in walk(reader, contents.untracked)}.union(
        path for path in (*contents.exact, *contents.big) if path not in work
    )
    refuse_outside([*work, *others])
    return Names((work.keys() - modules) | others, modules, others)


def refuse_in_the_way(root: Path, names: Names, skipped: Set[str], known: Set[str]) -> None:
    """Raises Refused where something stands in the way that is none of the files `known`, which
    make room themselves. What is `skipped` is not written, and needs no folder; but git would take
    what stands there for it.
    """
    hit = [path for path in names.files - known if _is_taken(root, path, known)]
    hit += [path for path in names.modules - known if _is_no_folder(root / path)]
    for folder in all_folders(names.files - skipped) - all_folders(known) - known:
        if _is_no_folder(root / folder) or os.path.lexists(root / folder / ".git"):
            hit.append(folder)
    if hit:
        some = ", ".join(sorted(hit)[:5])
        raise Refused(f"ignored files are in the way in {root}: {some}", "Move them away")


def _is_taken(root: Path, path: str, known: Set[str]) -> bool:
    place = root / path
    if not os.path.lexists(place) or not known.isdisjoint(folders_above(path)):
        return False
    if _is_no_folder(place):
        return True
    for folder, folders, files in os.walk(place):
        names = [*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]
        if ".git" in folders:
            return True
        if any(os.path.relpath(os.path.join(folder, name), root) not in known for name in names):
            return True
    return False


def _is_no_folder(place: Path) -> bool:
    return os.path.lexists(place) and (place.is_symlink() or not place.is_dir())
