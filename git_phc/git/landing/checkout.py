"""Moves a checkout's files and index from one tree to another, or not at all.

What the user has changed stays where the move does not touch it; where it would, nothing
moves and the files are named. git itself guards the tracked and the untracked ones; ignored
files it would overwrite, so they are looked for before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from git_phc.errors import Refused
from git_phc.git.repo import Repo

NAMED = 10  # files that a message names; the rest are counted


def move_checkout(repo: Repo, old: str, new: str) -> None:
    """Brings index and files from tree `old` to tree `new`. Raises Refused, nothing moved.

    What stands as `new` has it already is left alone, so it may be done twice.
    """
    refuse_unmerged(repo)
    touched = set(_names(repo, "diff-tree", "-r", "--no-renames", "--name-only", old, new))
    unlike = _names(repo, "diff-index", "--cached", "--no-renames", "--name-only", new)
    if touched.isdisjoint(unlike):  # git writes the index last, so the files are there, too
        return
    in_way = sorted(_in_the_way(repo, old, new))
    if in_way:
        raise Refused(
            f"files that git does not track are in the way: {listed(in_way)}",
            "Move them away, then try again. Nothing was changed",
        )
    # read-tree judges by stat data, which a touched or copied file has wrong
    repo.git("update-index", "-q", "--refresh", ok=())
    done = repo.git("read-tree", "-m", "-u", old, new, ok=())
    if not done.ok:
        changed = set(_changed(repo, old)).intersection(touched)
        raise Refused(*_why(sorted(changed), done.said))


def _why(changed: list[str], said: str) -> tuple[str, str]:
    if changed:
        return (
            f"your changes to {listed(changed)} would be overwritten",
            "Commit or stash them, then try again. Nothing was changed",
        )
    return (
        f"git cannot change the files here: {' '.join(said.split())[:500]}",
        "See how the checkout stands: git status",
    )


def refuse_unmerged(repo: Repo) -> None:
    """Raises Refused, by name, where the index holds conflicts that nobody has resolved."""
    left = {line.partition("\t")[2] for line in _names(repo, "ls-files", "--unmerged")}
    if left:
        raise Refused(
            f"there are conflicts in {repo.worktree} still to be resolved: {listed(sorted(left))}",
            "Resolve them, and git add each; see: git status",
        )


def _changed(repo: Repo, tree: str) -> Iterator[str]:
    """Tracked files that differ from the index, and those that differ there from the tree."""
    for words in (("diff-files",), ("diff-index", "--cached", tree)):
        yield from _names(repo, *words, "--name-only", "--no-renames")


def _in_the_way(repo: Repo, old: str, new: str) -> Iterator[str]:
    """What stands, untracked, where the move would make a file or a folder."""
    words = ("diff-tree", "-r", "--no-renames", "--name-only", "--diff-filter=A", old, new)
    root, made = repo.worktree or Path(), list(_names(repo, *words))
    tracked = set(_names(repo, "ls-files")) if made else set()
    for name in made:
        if name not in tracked:
            yield from _untracked_at(root, name, tracked)


def _untracked_at(root: Path, name: str, tracked: set[str]) -> Iterator[str]:
    above = list(Path(name).parents)[-2::-1]  # from the top, without "."
    for folder in map(str, above):
        if os.path.lexists(root / folder) and (
            (root / folder).is_symlink() or not (root / folder).is_dir()
        ):
            if folder not in tracked:
                yield folder
            return
    path = root / name
    if path.is_dir() and not path.is_symlink():
        files = (os.path.join(at, one) for at, _, ones in os.walk(path) for one in ones)
        yield from (one for one in (os.path.relpath(f, root) for f in files) if one not in tracked)
    elif os.path.lexists(path):
        yield name


def _names(repo: Repo, *words: str) -> Iterator[str]:
    args = (words[0], "-z", *words[1:])
    return (os.fsdecode(name) for name in repo.git(*args).out.split(b"\0") if name)


def listed(names: Iterable[str]) -> str:
    """Names for a message: some of them, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    return ", ".join(known[:NAMED]) + more


def sync_index(repo: Repo, old: str, new: str) -> None:
    """Brings what differs between two trees into the index, and touches no file."""
    raw = repo.git("diff-tree", "-r", "-z", "--no-renames", old, new).out.split(b"\0")
    pairs = zip(raw[::2], raw[1::2], strict=False)
    lines = ((*head.split(b" ")[1:4:2], name) for head, name in pairs if head)
    script = b"".join(b"%s %s\t%s\0" % line for line in lines)
    if script:
        repo.git("update-index", "-z", "--index-info", input=script)
