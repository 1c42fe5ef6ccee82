"""Puts a checkpoint into a checkout that its user goes on with: what stands there is another
checkpoint's, or nobody's. What no checkpoint holds is never touched, whatever ignores it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Set
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from git_phc.errors import PhcError, in_words
from git_phc.git.checkpoint.contents import Contents, read_contents
from git_phc.git.checkpoint.link import read_link
from git_phc.git.checkpoint.listing import GITLINK
from git_phc.git.checkpoint.restore import check, restore
from git_phc.git.checkpoint.room import Names, names_of, refuse_in_the_way
from git_phc.git.checkpoint.state import State, read_state_files, state_refs
from git_phc.git.names import all_folders, bytes_from_names, folders_above, names_from_bytes
from git_phc.git.objects import Reader
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo

STOPS = (PhcError, OSError, KeyboardInterrupt)
"""After any of them the checkout is made what it was."""
NO_STATE = State({}, {})


class NotPutBack(PhcError):
    """A checkout has neither the one state nor the other; a checkpoint holds what it had."""


class _Side(Struct, frozen=True):
    names: Names
    contents: Contents


def swap(repo: Repo, link: str, kept: str) -> None:
    """Puts the checkpoint `link` in the place of all that `kept` holds, which the caller has just
    taken of this checkout. What neither holds stays.

    Raises Refused before anything is touched where something is in the way. Where it fails later
    `kept` is put back; NotPutBack where not even that can be done.
    """
    with Reader(repo) as reader:
        check(repo, reader, read_link(reader, link))
        new, old = _side(reader, link), _side(reader, kept)
    root, head = _root(repo), _head(repo)
    there = Names(new.names.files | head, new.names.modules, frozenset())
    known = old.names.files | old.names.modules
    refuse_in_the_way(root, there, {*new.contents.flags.skipped} - head, known)
    written = _less(new, _standing(root, new.names.files - known))
    try:
        _empty(repo, [old], NO_STATE)
        restore(repo, link, beside=True)
    except STOPS as error:
        try:
            _empty(repo, [old, written], NO_STATE)
            restore(repo, kept, beside=True)
        except STOPS as again:
            raise NotPutBack(
                f"{_said(error)}; what was there could not be put back: {_said(again)}"
            ) from error
        _name(error)
        raise


def bring(repo: Repo, link: str) -> None:
    """Restores the checkpoint `link` into a clean checkout, beside what stands there. Where that
    fails the checkout is as its HEAD has it, and nothing else is gone from it.
    """
    with Reader(repo) as reader:
        side = _side(reader, link)
    state = _state(repo)
    written = _less(side, _standing(_root(repo), side.names.files))
    try:
        restore(repo, link, beside=True)
    except STOPS as error:
        _empty(repo, [written], state)
        _name(error)
        raise


def _said(error: BaseException) -> str:
    return in_words(error) if isinstance(error, Exception) else "it was interrupted"


def _name(error: BaseException) -> None:
    """Raises an error of the system's in our words."""
    if isinstance(error, OSError):
        raise PhcError(
            f"the files cannot be written: {(error.strerror or str(error)).lower()}",
            "All is as it was. Make room or grant access, then try again",
        ) from error


def _side(reader: Reader, link: str) -> _Side:
    contents = read_contents(reader, read_link(reader, link))
    return _Side(names_of(reader, contents), contents)


def _standing(root: Path, names: Set[str]) -> set[str]:
    """Those that are there; what is seen by way of a link is elsewhere."""
    there = {name for name in names if os.path.lexists(root / name)}
    links = {folder for folder in all_folders(there) if os.path.islink(root / folder)}
    return {name for name in there if links.isdisjoint(folders_above(name))}


def _less(side: _Side, stood: Set[str]) -> _Side:
    """Without the files that stood there before: they are not the checkpoint's."""
    names = side.names
    files, untracked = names.files - stood, names.untracked - stood
    return _Side(Names(files, names.modules, untracked), side.contents)


def _empty(repo: Repo, sides: Collection[_Side], spared: State) -> None:
    """Makes the checkout as HEAD has it, without the files of these checkpoints, and with no state
    of an operation but `spared`. Not by `git clean`: what that takes depends on the rules of the
    moment, which come and go with the files.
    """
    files = {path for side in sides for path in side.names.files} - _head(repo)
    _remove(_root(repo), files.union(*(side.names.untracked for side in sides)))
    _lift_flags(repo, {path for side in sides for path in _flagged(side.contents)})
    _drop_state(repo, spared)
    repo.git("reset", "--hard", "--quiet")


def _remove(root: Path, files: Set[str]) -> None:
    folders = all_folders(files)
    links = {name for name in folders if os.path.islink(root / name)}  # they lead anywhere
    for path in files:
        if not links.isdisjoint(folders_above(path)):
            continue
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            os.unlink(root / path)
    for folder in sorted(folders, reverse=True):  # the inner before the outer
        if links.isdisjoint([folder, *folders_above(folder)]):
            with suppress(OSError):  # something else is in it
                os.rmdir(root / folder)


def _lift_flags(repo: Repo, paths: Set[str]) -> None:
    """A file that the index says not to look at would stay as it is."""
    tracked = names_from_bytes(repo.git("ls-files", "-z").out) if paths else []
    found = [path for path in tracked if path in paths and os.path.lexists(_root(repo) / path)]
    for option in ("--no-assume-unchanged", "--no-skip-worktree") if found else ():
        repo.git("update-index", option, "-z", "--stdin", input=bytes_from_names(found))


def _flagged(contents: Contents) -> Iterable[str]:
    return (*contents.flags.assumed, *contents.flags.skipped)


def _state(repo: Repo) -> State:
    return State(read_state_files(repo.git_dir), state_refs(repo))


def _drop_state(repo: Repo, spared: State) -> None:
    now = _state(repo)
    for name in now.files.keys() - spared.files.keys():
        (repo.git_dir / name).unlink(missing_ok=True)
    moves = [Move(ref, oid, None) for ref, oid in now.refs.items() if ref not in spared.refs]
    if moves:
        move_refs(repo, moves, reason="git phc: restore")


def _head(repo: Repo) -> Set[str]:
    """The files of the commit that is checked out; none where there is no commit yet."""
    found = repo.git("ls-tree", "-r", "-z", "--full-tree", "HEAD", ok=(0, 128))
    lines = names_from_bytes(found.out) if found.ok else []
    return {line.partition("\t")[2] for line in lines if not line.startswith(GITLINK)}


def _root(repo: Repo) -> Path:
    return repo.worktree or Path()
