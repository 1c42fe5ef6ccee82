"""Whether all that a commit leads to is in the repository, and can be read."""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.git.loose import objects_folder
from git_phc.git.objects import read_many
from git_phc.git.repo import Repo

LOOK_BACK = 200  # commits
AT_ONCE = 500  # objects read by one git program, and held in memory


def is_whole(repo: Repo, revisions: Sequence[str]) -> bool:
    """Whether every object that the revisions reach is there, and each that is a file of its own
    can be read (packs have checksums). The user's own branches and tags are not looked at.
    """
    if not revisions:
        return True
    own = ("--not", "--branches", "--tags", "--remotes")
    words = ("rev-list", "--objects", "--no-object-names", "--stdin", *own)
    found = repo.git(*words, input="".join(f"{name}\n" for name in revisions).encode(), ok=())
    return found.ok and _can_be_read(repo, found.out.decode().split())


def _can_be_read(repo: Repo, oids: Sequence[str]) -> bool:
    folder = objects_folder(repo)
    loose = [oid for oid in oids if (folder / oid[:2] / oid[2:]).exists()]
    parts = (loose[at : at + AT_ONCE] for at in range(0, len(loose), AT_ONCE))
    return all(found is not None for part in parts for found in read_many(repo, part))


def newest_whole(repo: Repo, tip: str) -> str | None:
    """The newest commit before `tip`, on its first-parent line, that is whole."""
    words = ("rev-list", "--first-parent", f"--max-count={LOOK_BACK}", tip)
    found = repo.git(*words, ok=()).out.decode().split()[1:]
    return next((commit for commit in found if is_whole(repo, [commit])), None)
