"""Writes the files of a checkpoint into a checkout: git writes most, we the exact ones."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from git_phc.errors import DamagedTask
from git_phc.git.checkpoint.chunks import pasted, write_file
from git_phc.git.checkpoint.contents import Contents
from git_phc.git.checkpoint.folders import FOLDER, PLAIN, PROGRAM
from git_phc.git.checkpoint.hashing import entries_of
from git_phc.git.checkpoint.shelf import Shelf
from git_phc.git.desk import Desk
from git_phc.git.encoding import Entry
from git_phc.git.names import all_folders
from git_phc.git.objects import Reader, Writer

SYMLINK = 0o120000


class Files:
    """The files of one checkpoint, on their way into one checkout.

    Leaves at `desk.index` an index of the tracked files, with the stat data of what git wrote.
    """

    def __init__(self, desk: Desk, reader: Reader, writer: Writer, contents: Contents) -> None:
        self._desk = desk
        self._reader = reader
        self._writer = writer
        self._contents = contents
        self._ours = {**contents.exact, **contents.big}

    def write(self) -> None:
        """Files first, then folders, then modes: a folder may forbid writing into it."""
        found = {**self._write_tracked(), **self._write_untracked(), **self._ours}
        for path in self._contents.exact:
            self._write_exact(path)
        for path, entry in self._contents.big.items():
            write_file(self._place(path), pasted(self._reader, entry.oid))
        for folder in self._contents.bare:
            self._place(f"{folder}/").mkdir(parents=True, exist_ok=True)
        self._set_modes(found)

    def _write_tracked(self) -> dict[str, Entry]:
        """All that git can write; what we write, and what is skipped, is left out."""
        desk, contents = self._desk, self._contents
        left_out = {*self._ours, *contents.flags.skipped}
        tree = self._without(contents.work, left_out)
        _lift_all_flags(desk)
        desk.git("read-tree", "--reset", "-u", tree)
        return entries_of(desk, desk.index)

    def _write_untracked(self) -> dict[str, Entry]:
        desk, index = self._desk, self._desk.folder / "untracked"
        tree = self._without(self._contents.untracked, set(self._ours))
        desk.git("read-tree", tree, index=index)
        desk.git("checkout-index", "--all", "--force", "--quiet", index=index)
        return entries_of(desk, index)

    def _without(self, tree: str, paths: set[str]) -> str:
        shelf = Shelf(self._desk.repo, self._reader)
        less = shelf.overlay(tree, dict.fromkeys(paths))
        shelf.write(self._writer)
        return less

    def _write_exact(self, path: str) -> None:
        entry = self._contents.exact[path]
        data = self._reader.get(entry.oid).data
        place = self._place(path)
        write_file(place, [] if entry.mode == SYMLINK else [data])
        if entry.mode == SYMLINK:
            place.unlink()
            os.symlink(data, os.fsencode(place))

    def _place(self, path: str) -> Path:
        """Where a path is, and with a slash at its end a folder; never by way of a symlink, which
        could lead anywhere.
        """
        for folder in all_folders([path]):
            if (self._desk.root / folder).is_symlink():
                raise DamagedTask(f"the checkpoint has a folder where it has a symlink: {folder}")
        return self._desk.root / path

    def _set_modes(self, found: dict[str, Entry]) -> None:
        modes, root = self._contents.modes, self._desk.root
        for path, entry in found.items():
            if stat.S_ISREG(entry.mode):
                kind = PROGRAM if entry.mode & stat.S_IXUSR else PLAIN
                _set_mode(os.path.join(root, path), modes.of(path, kind))
        folders = all_folders(found).union(self._contents.bare)
        folders |= all_folders(self._contents.bare)
        for path in sorted(folders, reverse=True):  # the inner before the outer
            _set_mode(os.path.join(root, path), modes.of(path, FOLDER))


def _set_mode(place: str, mode: int) -> None:
    found = os.lstat(place).st_mode
    if stat.S_ISLNK(found):
        raise DamagedTask(f"the checkpoint has a mode for the symlink {place}")
    if stat.S_IMODE(found) != mode:
        os.chmod(place, mode)


def _lift_all_flags(desk: Desk) -> None:
    """An entry that is skipped or assumed unchanged would not be written."""
    if not desk.index.exists():
        return
    listed = desk.git("ls-files", "-z").out
    for option in ("--no-assume-unchanged", "--no-skip-worktree"):
        desk.git("update-index", option, "-z", "--stdin", input=listed)
