"""Restores a checkpoint into a checkout that is empty or clean, and looks whether it is right.

While it works it holds the index's lock, as git would. The new index is made beside the old
one and takes its place in one step, at the end.
"""

from __future__ import annotations

import enum
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import Refused
from git_phc.git.checkpoint.clean import must_be_free
from git_phc.git.checkpoint.compare import NotRestored, compare
from git_phc.git.checkpoint.contents import read_contents
from git_phc.git.checkpoint.conversion import configured_filters
from git_phc.git.checkpoint.files import Files
from git_phc.git.checkpoint.index_back import check_index, make_index
from git_phc.git.checkpoint.link import Checkpoint, Link, Terms, read_link
from git_phc.git.checkpoint.sparse import set_sparse
from git_phc.git.checkpoint.state import write_state
from git_phc.git.desk import desk_for
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import Reader
from git_phc.git.refs import read_ref
from git_phc.git.repo import Repo

__all__ = ["HeadMode", "NotRestored", "restore"]


class HeadMode(enum.Enum):
    """What becomes of HEAD."""

    KEEP = "keep"  # stays where the caller has set it
    AS_TAKEN = "as taken"  # on the same branch, or detached, at the same commit
    DETACHED = "detached"  # at the same commit, on no branch


def restore(repo: Repo, link: str, *, head: HeadMode = HeadMode.KEEP, beside: bool = False) -> None:
    """Makes the checkout of `repo` what it was when `link` was taken.

    The checkout must be fresh (`git worktree add --no-checkout`) or clean; Refused where it
    is neither, before anything is touched. Raises NotRestored, which names the paths, where
    the result differs from the link. Ignored files are left alone, and never overwritten; with
    `beside` so is whatever else stands there: untracked files, for which the rules of the link
    may be others than those that ignored them, and repositories.
    """
    with Reader(repo) as reader, _locked(repo) as lock:
        found = read_link(reader, link)
        contents = read_contents(reader, found)
        _check_head(repo, found.checkpoint, head)
        _check_filters(repo, found.terms)
        with desk_for(repo) as desk:
            check_index(desk, reader, contents)
            company = must_be_free(desk, reader, contents, beside=beside)
        with desk_for(repo, found.terms.conversion) as desk:
            Files(desk, reader, LooseWriter(repo), contents).write()
            set_sparse(repo, contents.flags)
            _set_head(repo, found.checkpoint, head)
            shutil.copyfile(make_index(desk, reader, contents), lock)
        os.replace(lock, repo.git_dir / "index")
        write_state(repo, contents.state)
    compare(repo, found, with_head=head is HeadMode.AS_TAKEN, company=company)


def check(repo: Repo, reader: Reader, found: Link) -> None:
    """Raises what `restore` would raise of a checkpoint that is damaged, or wants a filter, and
    where another git program is at work; for one who has to make room first.
    """
    contents = read_contents(reader, found)
    _check_filters(repo, found.terms)
    with _locked(repo), desk_for(repo) as desk:
        check_index(desk, reader, contents)


@contextmanager
def _locked(repo: Repo) -> Iterator[Path]:
    """Holds `index.lock`, by the same rule as git: who creates it has it."""
    lock = repo.git_dir / "index.lock"
    try:
        lock.open("xb").close()
    except FileExistsError as error:
        raise Refused(
            f"another git program is at work in {repo.worktree}",
            f"If none is, remove {lock}",
        ) from error
    try:
        yield lock
    finally:
        lock.unlink(missing_ok=True)


def _check_head(repo: Repo, link: Checkpoint, mode: HeadMode) -> None:
    if mode is not HeadMode.AS_TAKEN or link.branch is None:
        return
    there = read_ref(repo, link.branch)
    if there != link.head:
        raise Refused(
            f"{link.branch} is at {there or 'no commit'}, and the checkpoint at {link.head}",
            "Restore it detached, or move the branch first",
        )
    place = repo.text("for-each-ref", "--format=%(worktreepath)", link.branch)
    if place and Path(place) != repo.worktree:
        raise Refused(f"{link.branch} is checked out at {place}", "Restore it detached")


def _check_filters(repo: Repo, terms: Terms) -> None:
    missing = sorted(set(terms.filters).difference(configured_filters(repo)))
    if missing:
        raise Refused(
            f"the checkpoint's files need a filter that is not set up here: {', '.join(missing)}",
            f"Set it up as git knows it: filter.{missing[0]}.smudge",
        )


def _set_head(repo: Repo, link: Checkpoint, mode: HeadMode) -> None:
    if mode is HeadMode.KEEP:
        return
    if mode is HeadMode.AS_TAKEN and link.branch:
        repo.git("symbolic-ref", "-m", "git phc: restore", "HEAD", link.branch)
    elif link.head:
        repo.git("update-ref", "--no-deref", "-m", "git phc: restore", "HEAD", link.head)
