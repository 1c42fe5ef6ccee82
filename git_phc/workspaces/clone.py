"""Cloud mode: an isolated clone, in which the agent may do what it likes.

The clone's folder is the work tree of one of the repository's own worktrees, its shadow (see
`git.foreign`); git keeps that locked, with a reason that names the task, for as long as there is
the clone. It is marked when all of it is there: so what a kill leaves half made is known.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from git_phc.errors import PhcError, Refused
from git_phc.git.foreign.outfit import outfit
from git_phc.git.foreign.shadow import MARK
from git_phc.git.mirror import mirror_of
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import Repo, open_repo
from git_phc.git.worktrees import (
    add_empty_worktree,
    add_worktree,
    branch_tip,
    create_branch,
    forget_missing,
    forget_worktree,
    locked_worktrees,
    names_admin,
    place_of,
)
from git_phc.host.deletion import mounted_in
from git_phc.host.paths import read_text, replace_file
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.workspaces.branch import last_spot
from git_phc.workspaces.housekeeper import call_housekeeper
from git_phc.workspaces.place import Say, Site
from git_phc.workspaces.trash import to_trash
from git_phc.workspaces.worktree import check_free, free_path, make_parent


class InClone:
    """A clone for each task, in a worker's own repository."""

    def find(self, site: Site, task: Task) -> Path | None:
        whole = (one for one in _shadows(site.repo, task) if _is_whole(one, task))
        return next(map(place_of, whole), None)

    def check(self, site: Site, task: Task) -> None:
        if not layout.policy_file(site.repo).exists():
            raise Refused(
                "a cloud task runs in a worker's own repository, and this is none",
                "Use --mode worktree to work on it here",
            )
        path = _recorded(site.repo, task)
        if path and not list(_shadows(site.repo, task)):
            check_free(path)

    def prepare(self, site: Site, task: Task, say: Say) -> Path:
        self.check(site, task)
        if found := self.find(site, task):
            return found
        branch = task.branch or f"phc/{task.id.short}"
        path = _recorded(site.repo, task) or free_path(site, branch, say)
        _clear(site.repo, task)
        forget_missing(site.repo, path)
        check_free(path)
        replace_file(layout.place_file(site.repo, task.id), bytes(path))
        new_parent = not path.parent.exists()
        try:
            make_parent(path)
            _fill(site.repo, path, task, branch)
        except (PhcError, OSError):
            _clear(site.repo, task)
            call_housekeeper(site.repo)  # the disk may be full, and what was begun is large
            if new_parent:
                with suppress(OSError):
                    path.parent.rmdir()
            raise
        return path

    def check_removal(self, site: Site, task: Task) -> None:
        path = self.find(site, task)
        if path and (mounted := mounted_in(path)):
            raise Refused(
                f"something is mounted at {mounted}, and would be deleted with the clone",
                f"Unmount it first: umount {shlex.quote(str(mounted))}",
            )

    def put_away(self, site: Site, task: Task) -> Path | None:
        self.check_removal(site, task)
        path = self.find(site, task)
        _clear(site.repo, task)
        call_housekeeper(site.repo)
        return path


def _fill(repo: Repo, path: Path, task: Task, branch: str) -> None:
    """The clone as the last checkpoint has it, else at the base."""
    mirror = mirror_of(repo)
    ours = replace(repo, foreign=True)  # what a filter may do is bounded from the first file on
    if task.checkpoint:
        from git_phc.git.checkpoint import restore  # `path` and `open` only look

        spot = last_spot(repo, task)
        _set_branch(repo, task, branch, spot.tip)
        where = branch if spot.branch == branch else None
        add_empty_worktree(ours, path, where, spot.head, _reason(task))
        restore(replace(open_repo(path), foreign=True), str(task.checkpoint["link"]))
    else:
        start = None if branch_tip(repo, branch) else task.base
        add_worktree(ours, path, branch, start, _reason(task))
    shadow = outfit(replace(open_repo(path), foreign=True), mirror, f"refs/heads/{branch}")
    replace_file(layout.checkout_mark(shadow.git_dir), task.id.encode())


def _set_branch(repo: Repo, task: Task, branch: str, tip: str) -> None:
    """Puts the task's branch where its last checkpoint saw it. Where it was is kept: a run may
    have been cut off here, and the task gone on elsewhere.
    """
    now = branch_tip(repo, branch)
    if now is None:
        create_branch(repo, branch, tip)
    elif now != tip:
        aside = f"{layout.aside(task.id)}branch-{now[:12]}"
        repo.git("update-ref", aside, now)
        move_refs(repo, [Move(f"refs/heads/{branch}", now, tip)])


def _reason(task: Task) -> str:
    """Why git keeps the shadow locked; by it what was begun for a task is known again."""
    return f"git phc has a clone here for {task.id}"


def _shadows(repo: Repo, task: Task) -> Iterator[Path]:
    yield from locked_worktrees(repo, _reason(task))


def _is_whole(git_dir: Path, task: Task) -> bool:
    """Whether the clone of a shadow stands where it was made, and was made to its end."""
    place = place_of(git_dir)
    is_folder = place.is_dir() and not place.is_symlink()
    return is_folder and read_text(layout.checkout_mark(git_dir)) == task.id


def _recorded(repo: Repo, task: Task) -> Path | None:
    known = read_text(layout.place_file(repo, task.id))
    return Path(known) if known else None


def _clear(repo: Repo, task: Task) -> None:
    """Takes away every clone that was made or begun for the task, and its shadow.

    Of what stands where a clone was, only a folder is taken that is one, or is still the worktree
    that it was to be made of.
    """
    for git_dir in _shadows(repo, task):
        place = place_of(git_dir)
        is_clone = (git_dir / MARK).exists() and place.is_dir() and not place.is_symlink()
        if is_clone or names_admin(place, git_dir):
            to_trash(repo, place)
        forget_worktree(repo, git_dir)
