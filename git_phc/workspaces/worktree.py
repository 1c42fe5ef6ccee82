"""Worktree mode: a folder and a branch of the task's own.

The folder keeps its path for the task's whole life, since agents key their sessions to it.
Only what was made here is ever taken away: a folder whose path was recorded, whose `.git`
file and administrative folder name each other, and whose mark names the task.

While a worktree is being made, git keeps it locked, with a reason that names the task. It is
marked when all of it is there. So what a kill leaves half made is known, and made anew.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from git_phc.errors import Conflict, NotARepository, PhcError, Refused
from git_phc.git.repo import Repo, open_repo
from git_phc.git.submodules import fill_submodules
from git_phc.git.under_way import under_way
from git_phc.git.worktrees import (
    add_empty_worktree,
    add_worktree,
    branch_tip,
    create_branch,
    delete_branch,
    forget_missing,
    forget_worktree,
    locked_worktrees,
    marked_worktrees,
    names_admin,
    place_of,
    points_back,
    run_post_checkout,
    unlock_worktree,
)
from git_phc.host.deletion import mounted_in
from git_phc.host.paths import read_text, replace_file
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.workspaces import pool
from git_phc.workspaces.branch import last_spot, make_own, where_it_was
from git_phc.workspaces.furnish import furnish
from git_phc.workspaces.housekeeper import call_housekeeper
from git_phc.workspaces.place import Say, Site, is_checkout_of, linked_git_dir, main_folder
from git_phc.workspaces.strayed import refuse_strayed
from git_phc.workspaces.trash import to_trash


class InWorktree:
    """A worktree for each task."""

    def find(self, site: Site, task: Task) -> Path | None:
        known = read_text(layout.place_file(site.repo, task.id))
        if known and _owner(site.repo, Path(known)) == task.id:
            return Path(known)
        return _moved(site.repo, task)

    def check(self, site: Site, task: Task) -> None:
        path = _recorded(site.repo, task)
        if path is None or self.find(site, task):
            return
        if not _half_made(site.repo, task):
            refuse_strayed(site.repo, task, path)
            check_free(path)
        if task.checkpoint:
            where_it_was(site.repo, task)

    def prepare(self, site: Site, task: Task, say: Say) -> Path:
        if found := self.find(site, task):
            replace_file(layout.place_file(site.repo, task.id), bytes(found))
            git_dir = open_repo(found).git_dir
            unlock_worktree(git_dir, _reason(task))
            pool.keep(git_dir)
            make_own(site.repo, task)
            return found
        path = _recorded(site.repo, task) or free_path(site, task.branch or task.id.short, say)
        if task.checkpoint:
            _make_again(site, path, task, str(task.checkpoint["link"]), say)
        else:
            _make_first(site, path, task, say)
        make_own(site.repo, task)
        return path

    def check_removal(self, site: Site, task: Task) -> None:
        path, recorded = self.find(site, task), _recorded(site.repo, task)
        ended = task.is_done or task.deleted or task.archived
        if path is None and recorded and not ended and not _half_made(site.repo, task):
            refuse_strayed(site.repo, task, recorded)
        if path and (path.is_symlink() or not points_back(path, open_repo(path).git_dir)):
            raise Refused(
                f"{path} is not the worktree that was made for this task",
                "Nothing was removed. Look at it: git worktree list",
            )
        if path and (mounted := mounted_in(path)):
            raise Refused(
                f"something is mounted at {mounted}, and would be deleted with the worktree",
                f"Unmount it first: umount {shlex.quote(str(mounted))}",
            )

    def put_away(self, site: Site, task: Task) -> Path | None:
        self.check_removal(site, task)
        path = self.find(site, task)
        if path is None:
            return None
        checkout = open_repo(path)
        # In a rebase or a bisect git holds the branch for this folder, until it is washed
        fit = path == _recorded(site.repo, task) and not under_way(checkout)
        if not fit or not pool.release(site.repo, path, site.pool):
            to_trash(site.repo, path)
            forget_worktree(site.repo, checkout.git_dir)
        call_housekeeper(site.repo)
        return path


def _make_first(site: Site, path: Path, task: Task, say: Say) -> None:
    """A new worktree at the task's base; the repository's own hook runs in it, once."""
    repo, branch, reason = site.repo, task.branch or "", _reason(task)
    start = None if branch_tip(repo, branch) else task.base

    def fill() -> None:
        warm = site.pool and start and pool.take(repo, path, branch, start, reason, say)
        if not warm:
            add_worktree(repo, path, branch, start, reason)
        fill_submodules(path, repo.common_dir)
        furnish(repo, path, site.settings, say)

    _make(repo, path, task, fill)
    head = start or open_repo(path).text("rev-parse", "HEAD")
    if failed := run_post_checkout(repo, path, head):
        say(f"the repository's post-checkout hook failed: {' '.join(failed.split())[:500]}")


def _make_again(site: Site, path: Path, task: Task, link: str, say: Say) -> None:
    """The worktree as the last checkpoint has it."""
    repo, branch = site.repo, task.branch or ""

    spot = last_spot(repo, task)
    on = spot.branch if spot.branch and branch_tip(repo, spot.branch) == spot.head else None

    def fill() -> None:
        where = branch if spot.branch == branch else on
        add_empty_worktree(repo, path, where, spot.head, _reason(task))
        from git_phc.git.checkpoint import restore  # `path` and `open` only look

        restore(open_repo(path), link)
        fill_submodules(path, repo.common_dir)
        furnish(repo, path, site.settings, say)

    start = where_it_was(repo, task)
    if start:
        create_branch(repo, branch, start)
    try:
        _make(repo, path, task, fill)
    except (PhcError, OSError):
        if start:
            delete_branch(repo, branch, start)
        raise


def _make(repo: Repo, path: Path, task: Task, fill: Callable[[], object]) -> None:
    """Makes the worktree at `path` by `fill`, or leaves nothing there."""
    _clear_half_made(repo, task)
    check_free(path)
    replace_file(layout.place_file(repo, task.id), bytes(path))
    new_parent = not path.parent.exists()
    try:
        make_parent(path)
        fill()
        git_dir = open_repo(path).git_dir
        replace_file(layout.checkout_mark(git_dir), task.id.encode())
    except (PhcError, OSError):
        _clear_half_made(repo, task)
        if new_parent:
            with suppress(OSError):
                path.parent.rmdir()
        raise
    unlock_worktree(git_dir, _reason(task))


def make_parent(path: Path) -> None:
    """Makes the folder that a new workspace is in. Refused, with a way out, where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"{path.parent} cannot be made: {(error.strerror or str(error)).lower()}",
            "Make it, or put worktrees elsewhere: git config phc.worktreeDir FOLDER",
        ) from error


def _reason(task: Task) -> str:
    """Why git keeps a worktree locked that is being made; by it the maker is known again."""
    return f"git phc makes it for {task.id}"


def _half_made(repo: Repo, task: Task) -> list[Path]:
    """The administrative folders of what was begun for the task, and never came to its end; or
    was its worktree once, and never came into the pool.
    """
    begun = locked_worktrees(repo, _reason(task))
    begun = [folder for folder in begun if read_text(layout.checkout_mark(folder)) is None]
    path = _recorded(repo, task)
    return [*begun, *(pool.left_at(repo, path) if path else [])]


def _clear_half_made(repo: Repo, task: Task) -> None:
    path = _recorded(repo, task)
    for git_dir in _half_made(repo, task):
        for folder in filter(None, {path, place_of(git_dir)}):
            if names_admin(folder, git_dir):
                to_trash(repo, folder)
        forget_worktree(repo, git_dir)
    if path:
        forget_missing(repo, path)


def _recorded(repo: Repo, task: Task) -> Path | None:
    known = read_text(layout.place_file(repo, task.id))
    return Path(known) if known and not _is_anothers(repo, Path(known), task) else None


def _is_anothers(repo: Repo, path: Path, task: Task) -> bool:
    """Whether what stands there was never this task's worktree: it is of the repository that this
    one is a copy of, mark and all, or the user's own checkout, in which the task was local once.
    """
    if not is_checkout_of(repo, path):
        return _mark(path) == task.id
    try:
        git_dir = open_repo(path).git_dir
    except NotARepository:  # it has lost its administration, and its mark with it
        return False
    mark = read_text(layout.checkout_mark(git_dir))
    return mark != task.id and layout.local_mark(git_dir).exists()


def _moved(repo: Repo, task: Task) -> Path | None:
    """The task's folder where the user has moved it to (`git worktree move`)."""
    name = layout.checkout_mark(Path()).name
    found = marked_worktrees(repo, name, task.id)
    return next((path for path in found if _owner(repo, path) == task.id), None)


def _owner(repo: Repo, path: Path) -> str | None:
    """The task that a folder was made for, None where it is no worktree of ours.

    Of a repository that was copied as a folder the other one's worktrees are not ours.
    """
    return _mark(path) if is_checkout_of(repo, path) else None


def _mark(path: Path) -> str | None:
    git_dir = linked_git_dir(path)
    return read_text(layout.checkout_mark(git_dir)) if git_dir else None


def free_path(site: Site, branch: str, say: Say) -> Path:
    """The path for a new worktree: beside the repository, or where the user wants it."""
    name = branch.replace("\\", "/").rpartition("/")[2]
    main = main_folder(site.repo)
    if site.folder is not None:  # without links on the way, as git will name it
        return site.folder.resolve() / name
    beside = main.parent / f"{main.name}.phc"
    if os.access(beside if beside.exists() else main.parent, os.W_OK):
        return beside / name
    elsewhere = site.data() / "worktrees" / main.name
    say(f"{main.parent} cannot be written to, so the worktree is in {elsewhere}")
    return elsewhere.resolve() / name


def check_free(path: Path) -> None:
    """Raises Conflict where something stands that a new workspace must not be put into."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir() or any(path.iterdir()):
        raise Conflict(
            f"something else is at {path}, where this task has its worktree",
            "Move it away, then try again",
        )
