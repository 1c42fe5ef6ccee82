"""One sweep over the files of a checkout: what git does not tell of them.

git keeps one bit of a file's mode and no empty folder. This reads every mode, size and folder,
by one `lstat` each, and goes only where it is sent, so that a `node_modules` costs nothing.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Set
from pathlib import Path

from msgspec import Struct, field

from git_phc.errors import PhcError

YOUNG = 3.0
"""Seconds. git compares times by the second: a younger file may change unseen."""


class Sweep(Struct):
    """What was found, by path. Numbers in dictionaries, for there may be a million of them.

    Attributes:
        modes: the `st_mode` of everything but folders.
        sizes: how many bytes each regular file has.
        folders: the `st_mode` of each folder that was gone into.
        others: the same of each folder that was met and not gone into.
        young: the files that changed only just now, after `young_from`.
    """

    modes: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    young: set[str] = field(default_factory=set)
    young_from: float = field(default_factory=lambda: time.time() - YOUNG)

    def recall(self, root: Path, modes: dict[str, int], wanted: Set[str]) -> None:
        """Takes the modes of files on trust, and looks at folders alone."""
        self.modes.update(modes)
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for name in _inner_folders(root, folder):
                found = self.folders if name in wanted else self.others
                found[name] = os.lstat(root / name).st_mode
                if name in wanted:
                    waiting.append(name)

    def look(self, root: Path, paths: Iterable[str]) -> None:
        """Looks at these files, whatever was known of them."""
        self.forget(paths)
        for path in paths:
            try:
                found = os.lstat(os.path.join(root, path))
            except (FileNotFoundError, NotADirectoryError):
                continue
            if not stat.S_ISDIR(found.st_mode):
                self._take_note(path, found)

    def go(self, root: Path, start: Iterable[str], wanted: Set[str]) -> None:
        """Reads the folders of `start`, and below them those that are in `wanted`."""
        waiting = list(start)
        while waiting:
            folder = waiting.pop()
            for name, mode in self._read(root, folder):
                if name in wanted:
                    self.folders[name] = mode
                    waiting.append(name)
                else:
                    self.others[name] = mode

    def enter(self, root: Path, wanted: Set[str]) -> None:
        """Goes into those of the folders left aside that are `wanted`."""
        start = [name for name in self.others if name in wanted]
        self.folders.update((name, self.others.pop(name)) for name in start)
        self.go(root, start, wanted)

    def forget(self, paths: Iterable[str]) -> None:
        """Drops what was found of files that are of no interest."""
        for path in paths:
            self.modes.pop(path, None)
            self.sizes.pop(path, None)

    def _take_note(self, path: str, found: os.stat_result) -> None:
        self.modes[path] = found.st_mode
        if stat.S_ISREG(found.st_mode):
            self.sizes[path] = found.st_size
        if found.st_ctime > self.young_from:
            self.young.add(path)

    def _read(self, root: Path, folder: str) -> list[tuple[str, int]]:
        """Notes the files of one folder; gives the folders in it."""
        opened = _opened(root, folder)
        if opened is None:
            return []  # it went away since its parent was read
        try:
            return self._note(opened, f"{folder}/" if folder else "")
        finally:
            os.close(opened)

    def _note(self, opened: int, prefix: str) -> list[tuple[str, int]]:
        # The innermost loop of a checkpoint: every word here is said fifty thousand times
        modes, sizes, lstat = self.modes, self.sizes, os.stat
        young_from = self.young_from
        folders = []
        for name in os.listdir(opened):
            try:
                found = lstat(name, dir_fd=opened, follow_symlinks=False)
            except FileNotFoundError:
                continue
            mode = found.st_mode
            if mode & _KIND == stat.S_IFREG:
                path = prefix + name
                modes[path] = mode
                sizes[path] = found.st_size
                if found.st_ctime > young_from:
                    self.young.add(path)
            elif mode & _KIND == stat.S_IFDIR:
                if name != ".git":
                    folders.append((prefix + name, mode))
            else:
                modes[prefix + name] = mode
        return folders


_KIND = 0o170000


def _inner_folders(root: Path, folder: str) -> list[str]:
    prefix = f"{folder}/" if folder else ""
    try:
        with os.scandir(root / folder) as entries:
            inside = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _cannot_read(root, folder) from error
    return [prefix + name for name in inside if name != ".git"]


def _opened(root: Path, folder: str) -> int | None:
    try:
        # By the open folder: the system then has one name to look up, not the whole path
        return os.open(root / folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot_read(root, folder) from error


def _cannot_read(root: Path, folder: str) -> PhcError:
    return PhcError(
        f"the folder {folder or root} cannot be read, so its files cannot be kept",
        "Grant yourself access to it, then try again",
    )
