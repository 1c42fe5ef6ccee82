"""Worktrees and branches, made and taken away."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from git_phc.errors import GitFailed, Refused
from git_phc.git import run
from git_phc.git.repo import Repo
from git_phc.git.run import Result, environment
from git_phc.host.paths import read_text, replace_file

LINK = "gitdir: "
"""How the `.git` file of a worktree begins."""


class Worktree(Struct, frozen=True):
    """One checkout of a repository, as git lists it."""

    path: Path
    head: str | None
    branch: str | None  # the full ref


def list_worktrees(repo: Repo) -> Iterator[Worktree]:
    """Every checkout of the repository, the main one first."""
    listing = os.fsdecode(_among_others(repo, "worktree", "list", "--porcelain", "-z").out)
    for block in filter(None, listing.split("\0\0")):
        facts = dict(line.partition(" ")[::2] for line in block.split("\0") if line)
        if "bare" not in facts:
            yield Worktree(Path(facts["worktree"]), facts.get("HEAD"), facts.get("branch"))


def resolve_commit(repo: Repo, revision: str) -> str | None:
    """The commit that `revision` names, or None."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return repo.git(*words, ok=(0, 1, 128)).out.decode().strip() or None


def current_branch(repo: Repo) -> str | None:
    """The branch that is checked out here, by its short name; None when HEAD is detached."""
    found = repo.git("symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1)).out
    return os.fsdecode(found).rstrip("\n") or None


def branch_tip(repo: Repo, branch: str) -> str | None:
    """The commit of a local branch, or None when there is no such branch."""
    return resolve_commit(repo, f"refs/heads/{branch}")


def is_branch_name(repo: Repo, name: str) -> bool:
    """Whether git would take `name` for a branch."""
    return repo.git("check-ref-format", "--branch", name, ok=()).ok


def is_merged(repo: Repo, commit: str, into: str) -> bool:
    """Whether `commit` is an ancestor of `into`."""
    return repo.ask("merge-base", "--is-ancestor", commit, into)


def is_kept_by_a_ref(repo: Repo, revision: str) -> bool:
    """Whether a branch, a tag or another ref holds the commit, so that it is not lost."""
    words = ("for-each-ref", "--count=1", "--format=%(refname)", f"--contains={revision}")
    return bool(repo.git(*words).out)


def add_worktree(repo: Repo, path: Path, branch: str, start: str | None, reason: str) -> None:
    """Makes a checkout at `path` on `branch`, which is made at `start` where it is not None.

    It stays locked, by git, with this reason: see `unlock_worktree`. The user's hooks do not
    run; see `run_post_checkout`. Raises Refused in git's words, with nothing left behind.
    """
    if start:
        create_branch(repo, branch, start)
    try:
        _add(repo, path, reason, [], branch)
    except Refused:
        if start:  # git takes its half-made folder away, and leaves the branch
            delete_branch(repo, branch, start)
        raise


def add_empty_worktree(repo: Repo, path: Path, branch: str | None, head: str, reason: str) -> None:
    """Makes a checkout of `branch`, or of the commit `head` on no branch, without any files, for a
    checkpoint to be restored into; locked as by `add_worktree`. Raises Refused in git's words.
    """
    how = ["--no-checkout"] if branch else ["--no-checkout", "--detach"]
    _add(repo, path, reason, how, branch or head)


def _add(repo: Repo, path: Path, reason: str, how: list[str], branch: str) -> None:
    lock = ["--lock", "--reason", reason]
    try:
        _among_others(repo, "worktree", "add", "--quiet", *lock, *how, "--", str(path), branch)
    except GitFailed as error:
        raise Refused(
            f"git could not make the worktree {path}: {' '.join(error.stderr.split())[:500]}",
            error.hint or "Look at what is there: git worktree list",
        ) from error


def _among_others(repo: Repo, *words: str) -> Result:
    """A git program that reads what there is of every worktree. It fails on one that another
    program is just about to make, and when another prunes what it has begun itself [both seen
    with twenty at once]; then it is asked again.
    """
    deadline = time.monotonic() + OTHERS_WAIT
    while True:
        try:
            return repo.git(*words)
        except GitFailed as error:
            if not _HALF_MADE.search(error.stderr) or time.monotonic() > deadline:
                raise
        import random

        time.sleep(random.uniform(0.005, 0.05))  # noqa: S311  (spreads them, no secret)


OTHERS_WAIT = 10.0  # seconds in which another program must have written a worktree's few files
_HALF_MADE = re.compile(
    r"failed to read .*/(?:commondir|gitdir|HEAD)\b"
    r"|could not (?:open|create) .*/worktrees/.*No such file",
    re.DOTALL,
)


def locked_worktrees(repo: Repo, reason: str) -> list[Path]:
    """The administrative folders of the worktrees that are locked with this reason."""
    locks = sorted((repo.common_dir / "worktrees").glob("*/locked"))
    return [lock.parent for lock in locks if _says(lock, reason)]


def lock_worktree(git_dir: Path, reason: str) -> None:
    """Locks a worktree with this reason, in place of any other; one step."""
    replace_file(git_dir / "locked", os.fsencode(reason))


def unlock_worktree(git_dir: Path, reason: str) -> None:
    """Takes the lock with this reason from a worktree; any other stays."""
    if _says(git_dir / "locked", reason):
        (git_dir / "locked").unlink(missing_ok=True)


def _says(file: Path, text: str) -> bool:
    try:
        return file.read_bytes().removesuffix(b"\n") == os.fsencode(text)
    except OSError:
        return False


def run_post_checkout(repo: Repo, worktree: Path, head: str) -> str | None:
    """Runs the repository's own `post-checkout` hook in a new worktree, as git would have.

    Answers with what it said when it failed, None when it went well or there is none.
    """
    words = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    hooks = run.git(words, cwd=worktree, hardened=False)
    hook = Path(os.fsdecode(hooks.out).removesuffix("\n")) / "post-checkout"
    if not os.access(hook, os.X_OK):
        return None
    try:
        done = subprocess.run(  # noqa: S603  (git runs this very file)
            [hook, repo.zero, head, "1"],
            cwd=worktree,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        return f"it could not be started: {error.strerror}"
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).decode(errors="replace").strip()
    return said or f"exit code {done.returncode}"


def create_branch(repo: Repo, branch: str, start: str) -> None:
    """Makes a branch that must not be there yet. Raises Refused in git's words."""
    try:
        repo.git("update-ref", "-m", "git phc", f"refs/heads/{branch}", start, repo.zero)
    except GitFailed as error:
        raise Refused(
            f"the branch {branch} cannot be made: {' '.join(error.stderr.split())[:500]}",
            "Look which there are: git branch; or choose another: --branch, phc.branchPrefix",
        ) from error


def delete_branch(repo: Repo, branch: str, tip: str) -> bool:
    """Deletes a branch that still is at `tip` and is checked out nowhere; says whether."""
    if any(tree.branch == f"refs/heads/{branch}" for tree in list_worktrees(repo)):
        return False
    return repo.git("update-ref", "-d", f"refs/heads/{branch}", tip, ok=()).ok


def forget_missing(repo: Repo, path: Path) -> None:
    """Forgets the worktree that is registered at `path` where there is none any more, unless
    its user has locked it.

    Not by `git worktree prune`: that takes away, too, what a `git worktree add` beside us has
    just begun [seen with twenty at once].
    """
    for file in sorted((repo.common_dir / "worktrees").glob("*/gitdir")):
        is_locked = (file.parent / "locked").exists()
        if place_of(file.parent) == path and not is_locked and not os.path.lexists(path / ".git"):
            forget_worktree(repo, file.parent)


def forget_worktree(repo: Repo, git_dir: Path) -> None:
    """Removes the administrative folder of a worktree whose folder is gone.

    It is moved away first, in one step: git, and we, must never meet half of one.
    """
    if git_dir.parent == repo.common_dir / "worktrees":
        import tempfile  # most who ask of worktrees forget none

        with suppress(FileNotFoundError):
            room = repo.private / "tmp"
            room.mkdir(parents=True, exist_ok=True)
            away = Path(tempfile.mkdtemp(prefix="worktree-", dir=room))
            git_dir.rename(away / git_dir.name)
            shutil.rmtree(away)


def marked_worktrees(repo: Repo, mark: str, text: str) -> Iterator[Path]:
    """The folders of the worktrees in whose administrative folder a file `mark` says `text`."""
    for file in sorted((repo.common_dir / "worktrees").glob(f"*/{mark}")):
        if _says(file, text) and (file.parent / "gitdir").exists():
            yield place_of(file.parent)


def place_of(git_dir: Path) -> Path:
    """Where a worktree's administrative folder says that the worktree is."""
    there = read_text(git_dir / "gitdir") or ""
    return led_to(git_dir, there.removesuffix("\n")).parent


def led_to(folder: Path, link: str) -> Path:
    """Where a link leads that stands in `folder`: from git 2.48 on it may be a relative one."""
    path = Path(link)
    if path.is_absolute() or not link:
        return path
    return (folder / path.parent).resolve() / path.name


def names_admin(worktree: Path, git_dir: Path) -> bool:
    """Whether the folder says that `git_dir` administers it, wherever that says that it is."""
    said = None if worktree.is_symlink() else linked_to(worktree)
    return said is not None and said == git_dir


def linked_to(worktree: Path) -> Path | None:
    """The administrative folder that the `.git` file of a worktree names; None for no such file."""
    said = read_text(worktree / ".git")
    if said is None or not said.startswith(LINK):
        return None
    return led_to(worktree, said.removeprefix(LINK).removesuffix("\n"))


def points_back(worktree: Path, git_dir: Path) -> bool:
    """Whether the folder is the worktree that `git_dir` administers, by both their words."""
    return place_of(git_dir) == worktree and names_admin(worktree, git_dir)
