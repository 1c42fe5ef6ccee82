"""Opens a repository, once, and says what kind it is.

A `Repo` is a value: where the repository is and how it counts objects. It starts nothing and
keeps nothing open. Everything else in this package takes one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from git_phc.errors import GitFailed, NotARepository
from git_phc.git import run
from git_phc.git.run import Result, Word

PATIENCE = 900.0
"""Seconds for one git program in a folder that may be hostile: a pipe there, or a file without
end, would hold it for ever.
"""

ALLOC_LIMIT = {
    # Bytes that git asks for at once. It has commits, trees and what is made of deltas whole in
    # memory, and a few KB of them may unpack to GBs. A blob above core.bigFileThreshold (512m) it
    # passes on in pieces, and packs it maps: what people really have does not come near.
    "GIT_ALLOC_LIMIT": "1g",
}

FOREIGN = {
    "GIT_LFS_SKIP_SMUDGE": "1",  # it asks the server that a file in the folder names
    **ALLOC_LIMIT,
}


class Repo(Struct, frozen=True, dict=True):
    """One repository, seen from one of its checkouts (or from none: a bare one).

    Attributes:
        git_dir: this checkout's own git folder (`.git`, or `.git/worktrees/x`).
        common_dir: the folder that all checkouts share.
        worktree: the root of the checkout, None in a bare repository or a git folder.
        object_format: "sha1" or "sha256".
        named: by GIT_DIR or GIT_WORK_TREE; git would not find it by itself from `worktree`.
        foreign: somebody who is not trusted writes in `worktree`; see `git.foreign`.
    """

    git_dir: Path
    common_dir: Path
    worktree: Path | None
    object_format: str
    named: bool = False
    foreign: bool = False

    @cached_property
    def zero(self) -> str:
        """The object id that means "no such ref": 40 or 64 zeros."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    def git(
        self,
        *args: Word,
        input: bytes | None = None,
        env: Mapping[str, str] | None = None,
        ok: Sequence[int] = (0,),
        hardened: bool = True,
        keep_open: int | None = None,
    ) -> Result:
        """Runs git here: in the checkout where there is one, else on the git folder."""
        where = self.worktree or self.git_dir
        words = (*self.place, *args)
        more: dict[str, Any] = {"hardened": hardened, "keep_open": keep_open}
        if self.foreign:
            env, more["timeout"] = {**self.bounds, **(env or {})}, PATIENCE
        return run.git(words, cwd=where, input=input, env=env, ok=ok, **more)

    @property
    def bounds(self) -> Mapping[str, str]:
        """What the environment of a git program has more where the files may be hostile."""
        return FOREIGN if self.foreign else {}

    @property
    def place(self) -> list[str]:
        """The words that tell git where it is, when it runs in the checkout."""
        if self.worktree and not self.named:
            return []
        tree = [f"--work-tree={self.worktree}"] if self.worktree else []
        return [f"--git-dir={self.git_dir}", *tree]

    def text(self, *args: Word) -> str:
        """One line of git's answer, as text."""
        return os.fsdecode(self.git(*args).out).removesuffix("\n")

    def ask(self, *args: Word) -> bool:
        """Whether git answers yes: exit code 0 for yes, 1 for no, else GitFailed."""
        return self.git(*args, ok=(0, 1)).ok

    @property
    def private(self) -> Path:
        """Our folder for what is not shared; nothing in it is the only copy for long."""
        return self.common_dir / "phc"


def open_repo(start: Path, environ: Mapping[str, str] | None = None) -> Repo:
    """The repository that holds `start`, as git itself finds it.

    `environ` may hold GIT_DIR and GIT_WORK_TREE, which a user sets by `git --git-dir=… phc`;
    they are honoured here, and from then on the `Repo` stands for them.
    Raises NotARepository.
    """
    given = environ or {}
    env = {k: given[k] for k in ("GIT_DIR", "GIT_WORK_TREE") if k in given}
    try:
        answer = _ask_all(start, env) or _ask_each(start, env)
    except GitFailed as error:
        raise _no_repository(start, error) from error
    kind, git_dir, common, worktree = answer
    return Repo(git_dir, common, worktree, kind, named=bool(env))


def without_checkout(common_dir: Path) -> Repo:
    """The repository of a git folder that a `Repo` has named, seen from none of its checkouts.

    Whether it may be trusted was asked when that one was opened. git would ask again, in the name
    of the git folder, and not know the entry of `safe.directory` that it told the user to make.
    """
    asked = run.git(["--git-dir", common_dir, "rev-parse", "--show-object-format"])
    return Repo(common_dir, common_dir, None, asked.out.decode().strip())


FACTS = ("--show-object-format", "--is-inside-work-tree", "--absolute-git-dir")
PATHS = ("--path-format=absolute", "--git-common-dir", "--show-toplevel")
Answer = tuple[str, Path, Path, Path | None]  # format, git folder, common folder, worktree


def _ask_all(start: Path, env: Mapping[str, str]) -> Answer | None:
    """The usual cases by one call: no path holds a newline. None where one may."""
    done = run.git(["rev-parse", *FACTS, *PATHS], cwd=start, env=env, ok=())
    lines = os.fsdecode(done.out).removesuffix("\n").split("\n")
    if done.ok and len(lines) == 5 and lines[1] == "true":
        return lines[0], Path(lines[2]), Path(lines[3]), Path(lines[4])
    # A git folder or a bare repository: git says all but the last, then that there is no tree.
    if len(lines) == 4 and lines[1] == "false" and "run in a work tree" in done.said:
        return lines[0], Path(lines[2]), Path(lines[3]), None
    return None


def _ask_each(start: Path, env: Mapping[str, str]) -> Answer:
    """Any case, by a call for each path that can differ. Raises GitFailed."""
    head = run.git(["rev-parse", *FACTS], cwd=start, env=env).out
    kind, inside, git_dir = os.fsdecode(head).removesuffix("\n").split("\n", 2)
    common = _path(start, env, "--git-common-dir")
    has_tree = inside == "true" or "GIT_WORK_TREE" in env  # then one may stand outside it
    worktree = _path(start, env, "--show-toplevel") if has_tree else None
    return kind, Path(git_dir), common, worktree


def _path(start: Path, env: Mapping[str, str], question: str) -> Path:
    words = ["rev-parse", "--path-format=absolute", question]
    return Path(os.fsdecode(run.git(words, cwd=start, env=env).out).removesuffix("\n"))


def _no_repository(start: Path, error: GitFailed) -> NotARepository:
    said = error.stderr
    if "dubious ownership" in said:
        import shlex

        # git names the folder that it looks at, which need not be the one that we stand in
        found = _DUBIOUS.search(said)
        folder = shlex.quote(found.group(1) if found else str(start))
        hint = f"If you trust it: git config --global --add safe.directory {folder}"
        return NotARepository("the repository here belongs to another user", hint)
    if "not a git repository" in said:
        return NotARepository(f"{start} is not in a Git repository", "Make one: git init")
    if "refstorage" in said or "unknown repository extension" in said:
        names = said.splitlines()[-1].strip()
        message = f"this repository uses a format that your git does not know ({names})"
        return NotARepository(message, "Use a newer git: reftable needs git 2.45")
    return NotARepository(f"git cannot read the repository here: {said or error}")


_DUBIOUS = re.compile(r"dubious ownership in repository at '(.*?)'\n", re.DOTALL)
