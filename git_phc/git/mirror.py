"""A mirror of a repository: the remote's branches as it knows them, and nothing else.

Clones that are made for tasks borrow its objects, so that a second one copies nothing; and
whoever works in a clone may read all of it. So nothing of other tasks is in it, and nothing is
ever pruned from it: a clone may still need what no branch has any more.
"""

from __future__ import annotations

import os
from pathlib import Path

from git_phc.errors import GitFailed, Refused
from git_phc.git.foreign.store import make_bare
from git_phc.git.refs import raw_refs
from git_phc.git.repo import Repo
from git_phc.host.lock import in_turn

BRANCHES = "refs/remotes"
WAIT = 600.0  # seconds for another one who fills it; the first time takes long
PACKS = 50  # from here on git grows slow, as `git gc` has it
_FETCH = (
    "-c", "protocol.file.allow=always", "fetch", "--quiet", "--prune", "--no-tags", "--refmap=",
    "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no",
)  # fmt: skip


def mirror_place(repo: Repo) -> Path:
    """Where a repository's mirror is: beside it, since its own folder is not to be read."""
    return repo.common_dir.with_name(f"{repo.common_dir.name}.mirror")


def mirror_of(repo: Repo) -> Repo:
    """The mirror, with the branches that the repository knows now; made where it is missing.

    Several may ask at once. Raises Refused in git's words, where the disk is full, say.
    """
    place = mirror_place(repo)
    mirror = Repo(place, place, None, repo.object_format)
    try:
        with in_turn(place.with_name(f"{place.name}.lock"), WAIT):
            _make(mirror)
            if raw_refs(mirror, BRANCHES) != raw_refs(repo, BRANCHES):
                mirror.git(*_FETCH, repo.common_dir, f"+{BRANCHES}/*:{BRANCHES}/*")
                _tidy(mirror)
    except (GitFailed, OSError) as error:
        said = error.stderr if isinstance(error, GitFailed) else error.strerror or str(error)
        raise Refused(
            f"the mirror {place} cannot be filled: {' '.join(said.split())[:500]}",
            "Make room or grant access, then try again; it can be deleted when nothing runs",
        ) from error
    return mirror


def _make(mirror: Repo) -> None:
    """In one step: half a mirror would be met by the next one."""
    place = mirror.git_dir
    if place.exists():
        return
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    make_bare(fresh, mirror.object_format, [])
    fresh.rename(place)


def _tidy(mirror: Repo) -> None:
    """Makes few packs of many; what is not named by a branch any more stays."""
    if len(list((mirror.git_dir / "objects" / "pack").glob("*.pack"))) > PACKS:
        mirror.git("repack", "-q", "-d", "--geometric=2")
