"""A repository of ours, its mirror, and a clone in which somebody works whom we do not trust."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from git_phc.git.checkpoint import Checkpoint, is_still, restore, take, uncarried
from git_phc.git.foreign.outfit import outfit
from git_phc.git.foreign.take_in import take_in
from git_phc.git.living import show_living
from git_phc.git.loose import LooseWriter
from git_phc.git.mirror import mirror_of
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo, open_repo
from git_phc.git.worktrees import add_empty_worktree, add_worktree
from tests.conftest import write_files
from tests.git.checkpoint.lab import REF, WHO
from tests.kit import MakeRepo, RunGit

BRANCH = "refs/heads/phc/task"
FILES = {"README.md": "# A repository\n", "src/a.txt": "a\n", "run.sh": "#!/bin/sh\n"}


class Yard:
    """`own` is bare and ours; `clone` is theirs, and `shadow` what it is to us."""

    def __init__(self, make_repo: MakeRepo, git: RunGit, object_format: str = "sha1") -> None:
        self._git = git
        self.remote = make_repo("remote", files=FILES, bare=True, object_format=object_format)
        self.room = self.remote.parent
        own = self.room / "own.git"
        git(self.room, "init", "-q", "--bare", f"--object-format={object_format}", own)
        git(own, "remote", "add", "origin", self.remote)
        git(own, "fetch", "-q", "origin")
        self.own = open_repo(own)
        self.clone = self.room / "clones" / "task"
        self.base = git(own, "rev-parse", "refs/remotes/origin/main")
        self.secret = self.room / "secret"
        self.secret.write_text("the secret of the host\n")
        ours = replace(self.own, foreign=True)
        add_worktree(ours, self.clone, "phc/task", self.base, "made here")
        self.shadow = self._outfit()
        self.links: list[str] = []

    def _outfit(self) -> Repo:
        here = replace(open_repo(self.clone), foreign=True)
        return outfit(here, mirror_of(self.own), BRANCH)

    def git(self, *words: str | Path, **given: bool) -> str:
        """What they do in the clone."""
        return self._git(self.clone, *words, **given)  # type: ignore[arg-type]

    def ours(self, *words: str | Path, **given: bool) -> str:
        """What we look at in our own repository."""
        return self._git(self.own.common_dir, *words, **given)  # type: ignore[arg-type]

    def write(self, name: str, text: str | bytes) -> Path:
        write_files(self.clone, {name: text})
        return self.clone / name

    def commit(self, message: str = "theirs", **files: str) -> str:
        write_files(self.clone, files)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def take(self) -> Checkpoint:
        """A checkpoint of the clone, on the chain."""
        take_in(self.shadow)
        writer = LooseWriter(self.own)
        previous = self.links[-1] if self.links else None
        link = take(
            self.shadow, writer, previous=previous, who=WHO, message="kept", facts={},
        )  # fmt: skip
        move_refs(self.own, [Move(REF, previous, link.link)])
        self.links.append(link.link)
        return link

    def elsewhere(self, link: Checkpoint, name: str = "back") -> Path:
        """A worktree of ours with what the checkpoint has."""
        place = self.room / name
        add_empty_worktree(self.own, place, None, link.head or self.base, "looked at")
        restore(open_repo(place), link.link)
        return place

    def look_everywhere(self) -> None:
        """Everything that anybody of ours does with a clone."""
        link = self.take()
        self.elsewhere(link)
        is_still(self.shadow, link.link)
        uncarried(self.shadow)
        show_living(self.shadow, f"{self.base}^{{tree}}", ["--stat", "-p"])

    def everything(self) -> bytes:
        """The bytes of every object that our repository has."""
        words = ("cat-file", "--batch", "--batch-all-objects", "--unordered")
        return self.own.git(*words).out
