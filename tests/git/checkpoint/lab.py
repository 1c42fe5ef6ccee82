"""A checkout to take checkpoints of, its end, and its return; pictures to compare them by."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from git_phc.git.checkpoint import Checkpoint, HeadMode, restore, take
from git_phc.git.checkpoint.scan import MAX_BLOB
from git_phc.git.encoding import Signature
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo, open_repo

WHO = Signature("Ada Tester", "ada@example.com", 1_767_322_800)
REF = "refs/phc/work/x"
BRANCH = "refs/heads/topic"
IDENTITY = (
    *("-c", "user.name=Ada", "-c", "user.email=ada@example.com"),
    *("-c", "core.hooksPath=/dev/null"),  # a test may set bad ones, for us and not for itself
)


def git(where: Path, *words: str | bytes, check: bool = True, input: bytes | None = None) -> bytes:
    """Runs plain git, as a user would."""
    argv = ["git", *IDENTITY, *words]
    done = subprocess.run(argv, cwd=where, input=input, capture_output=True, check=False)
    assert not check or done.returncode == 0, (words, done.stderr.decode(errors="replace"))
    return done.stdout


@dataclass(frozen=True)
class Picture:
    """All that can be seen of a checkout, to the byte."""

    files: dict[bytes, tuple[int, bytes]]
    folders: dict[bytes, int]
    index: bytes
    resolved: bytes
    status: bytes


def picture(root: Path) -> Picture:
    """Looks at a checkout with git and with our own eyes; ignored files are not in it."""
    ignored = set(_git_list(root, "ls-files", "-o", "-i", "--exclude-standard", "--directory"))
    files: dict[bytes, tuple[int, bytes]] = {}
    folders: dict[bytes, int] = {}
    base = os.fsencode(root)
    for place, inner, names in os.walk(base):
        prefix = os.path.relpath(place, base) + b"/" if place != base else b""
        inner[:] = [n for n in inner if n != b".git" and prefix + n + b"/" not in ignored]
        for name in (*names, *inner):
            path, full = prefix + name, os.path.join(place, name)
            mode = os.lstat(full).st_mode
            if stat.S_ISDIR(mode):
                folders[path] = mode
            elif stat.S_ISLNK(mode):
                files[path] = (stat.S_IFLNK, os.readlink(full))
            elif name != b".git" and path not in ignored:
                files[path] = (mode, Path(os.fsdecode(full)).read_bytes())
    # It must not write the index: it would take the flag from a file that is skipped and there
    words = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames")
    status = git(root, "--no-optional-locks", *words, check=False)
    index = git(root, "-c", "core.sparseCheckout=false", "ls-files", "-s", "-v", "-z")
    resolved = git(root, "ls-files", "--resolve-undo", "-z")
    return Picture(files, folders, index, resolved, status)


def _git_list(root: Path, *words: str) -> list[bytes]:
    return git(root, *words, "-z").split(b"\0")[:-1]


class Lab:
    """One repository whose checkout under test is a linked worktree that can be destroyed."""

    def __init__(self, room: Path, *, object_format: str = "sha1", born: bool = True) -> None:
        self.main = room / "main repository"
        self.place = room / 'work "tree"\nof lab'
        git(room, "init", "-q", f"--object-format={object_format}", os.fsencode(self.main))
        git(self.main, "commit", "-q", "--allow-empty", "-m", "an unrelated start")
        self.add_worktree("-b", "topic")
        if not born:
            git(self.place, "checkout", "-q", "--orphan", "new")

    def add_worktree(self, *words: str) -> None:
        git(self.main, "worktree", "add", "-q", *words, os.fsencode(self.place))

    @property
    def repo(self) -> Repo:
        return open_repo(self.place)

    def git(self, *words: str | bytes, check: bool = True, input: bytes | None = None) -> bytes:
        return git(self.place, *words, check=check, input=input)

    def write(self, name: str | bytes, content: str | bytes = "", mode: int | None = None) -> None:
        path = Path(os.fsdecode(os.path.join(os.fsencode(self.place), os.fsencode(name))))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            path.chmod(mode)

    def commit(self, **files: str) -> None:
        """Writes files, named without their `.txt`, and commits all there is."""
        for name, content in files.items():
            self.write(f"{name}.txt", content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")

    def take(
        self, previous: str | None = None, *, max_blob: int = MAX_BLOB, **facts: object
    ) -> Checkpoint:
        found = take(
            self.repo, LooseWriter(self.repo),
            previous=previous, who=WHO, message="turn", facts=facts, max_blob=max_blob,
        )  # fmt: skip
        git(self.main, "update-ref", REF, found.link)
        return found

    def destroy(self) -> None:
        """Takes away the checkout and all that it names; only the link is left."""
        shutil.rmtree(self.place)
        git(self.main, "worktree", "prune")
        git(self.main, "update-ref", "-d", BRANCH)
        git(self.main, "reflog", "expire", "--expire=now", "--all")
        git(self.main, "repack", "-a", "-d", "-q")  # what gc does to objects, by half as many gits
        git(self.main, "prune", "--expire=now")

    def bring_back(self, link: Checkpoint, *, head: HeadMode = HeadMode.AS_TAKEN) -> None:
        if link.branch and link.head:
            git(self.main, "update-ref", link.branch, link.head)
        self.add_worktree("--no-checkout", "--detach")
        restore(self.repo, link.link, head=head)

    def there_and_back(self, *, max_blob: int = MAX_BLOB) -> Checkpoint:
        """Takes, destroys, restores, and compares what was with what is."""
        before = picture(self.place)
        link = self.take(max_blob=max_blob)
        assert picture(self.place) == before, "taking a checkpoint changed the checkout"
        self.destroy()
        self.bring_back(link)
        assert picture(self.place) == before
        return link

    def apply_stash(self, link: Checkpoint) -> None:
        """Restores by plain git alone, into the place of the checkout that is gone."""
        assert link.stash
        assert link.head
        self.add_worktree("--detach")
        self.git("reset", "-q", "--hard", link.head)
        self.git("stash", "apply", "-q", "--index", link.stash)
