"""Gives a new worktree what git does not: files that git ignores, from the main checkout.

`.worktreeinclude` there says what is copied, `.worktreelink` what is linked; beside them the
agent's own settings for the project are linked. Nothing that git tracks is touched, nothing
that is there is overwritten, and nothing is written through a link.

A copy comes before a link, so what both files name is copied, and a change to it stays here. A
folder that git ignores as a folder only (`node_modules/`) is made, and what is in it linked:
git would take a link in its place for work of the task's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from git_phc.errors import Refused
from git_phc.git.ignored import chosen, ignored, would_ignore
from git_phc.git.repo import Repo, open_repo
from git_phc.host.copying import Copied
from git_phc.workspaces.place import Say

INCLUDE, LINK = ".worktreeinclude", ".worktreelink"
SHOWN = 5  # names that are told, of those that were left out


def furnish(repo: Repo, worktree: Path, settings: Sequence[str], say: Say) -> None:
    """Copies and links into a worktree in the making; `settings` are the agent's own files.

    Says how many there were, and what was left out. Raises Refused where the disk is full, or
    something cannot be read.
    """
    root = repo.common_dir.parent
    if repo.common_dir.name != ".git" or not (root / ".git").exists():
        return  # a bare repository, or one whose main checkout is somewhere else
    own = [name for name in settings if os.path.lexists(root / name)]
    asked = [name for name in (INCLUDE, LINK) if (root / name).is_file()]
    if not own and not asked:
        return
    try:
        _Furnisher(open_repo(root), root, open_repo(worktree), worktree).work(own, say)
    except OSError as error:
        raise Refused(
            f"{error.filename or root} cannot be copied: {(error.strerror or str(error)).lower()}",
            f"See what {INCLUDE} names, and whether there is room for it",
        ) from error


class _Furnisher(Struct, dict=True):
    main: Repo
    root: Path
    here: Repo
    worktree: Path
    copied: Copied = field(default_factory=Copied)
    linked: int = 0
    left: list[str] = field(default_factory=list)

    def work(self, settings: Iterable[str], say: Say) -> None:
        include, link = self._chosen(INCLUDE), self._chosen(LINK)
        link = list(dict.fromkeys([*link, *would_ignore(self.main, settings)]))
        fine = would_ignore(self.here, {form for n in (*include, *link) for form in _forms(n)})
        for name in include:
            if name in fine and self._is_free(name):
                self.copied.add(self.root / name, self.worktree / name)
            else:
                self._leave(name)
        for name in link:
            if fine.isdisjoint(_forms(name)):
                self._leave(name)
            else:
                self._link(name.rstrip("/"), as_folder=name.rstrip("/") not in fine)
        self._tell(say)

    @cached_property
    def _ignored(self) -> Sequence[str]:
        return ignored(self.main)

    def _chosen(self, file: str) -> Sequence[str]:
        patterns = self.root / file
        return chosen(self.main, patterns, self._ignored) if patterns.is_file() else []

    def _link(self, name: str, *, as_folder: bool) -> None:
        """Links a file or a folder; what is in the folder, where that is here already, or where
        git would not ignore a link in its place.
        """
        source, target = self.root / name, self.worktree / name
        is_folder = source.is_dir() and not source.is_symlink()
        if is_folder and (as_folder or _is_folder(target)):
            if _is_folder(target) or self._is_free(name):
                target.mkdir(exist_ok=True)
                for inner in source.iterdir():
                    self._link(f"{name}/{inner.name}", as_folder=False)
        elif self._is_free(name):
            target.symlink_to(source)
            self.linked += 1
        elif not os.path.lexists(target):
            self._leave(name)

    def _is_free(self, name: str) -> bool:
        """Whether nothing is at `name` in the worktree, and no link on the way to it; makes the
        folders on the way.
        """
        target = self.worktree / name
        if os.path.lexists(target):
            return False
        for parent in reversed(target.relative_to(self.worktree).parents[:-1]):
            folder = self.worktree / parent
            if not os.path.lexists(folder):
                folder.mkdir()
            elif not _is_folder(folder):
                return False
        return True

    def _leave(self, name: str) -> None:
        self.left.append(name)

    def _tell(self, say: Say) -> None:
        done = [f"copied {self.copied.files}"] if self.copied.files else []
        done += [f"linked {self.linked}"] if self.linked else []
        if done:
            say(f"{' and '.join(done)} of the files that git ignores, from {self.root}")
        left = [*self.left, *(str(path.relative_to(self.root)) for path in self.copied.left)]
        if left:
            more = ", …" if len(left) > SHOWN else ""
            say(f"not brought into the worktree: {', '.join(left[:SHOWN])}{more}")


def _forms(name: str) -> tuple[str, str]:
    """As git is asked: whether it ignores a folder of this name, and whether a link."""
    return name, name.rstrip("/")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
