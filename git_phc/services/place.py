"""Where tasks of this repository have their workspaces, and the one that a task has now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec.structs import replace

from git_phc.errors import PhcError, Refused
from git_phc.git.repo import Repo, open_repo
from git_phc.host.paths import read_text, replace_file
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.elsewhere import is_elsewhere
from git_phc.store import layout
from git_phc.workspaces.place import Site, is_checkout_of, main_folder, workspace_for

POOL = 2  # phc.pool: worktrees that are kept ready


def site(ctx: Context) -> Site:
    """Where workspaces may be, by the user's settings."""
    folder = ctx.setting("worktreeDir")
    # a relative one is meant from the main checkout, wherever the command was typed
    place = main_folder(ctx.repo) / Path(folder).expanduser() if folder else None
    return Site(ctx.repo, place, _data_folder, ctx.number("pool", POOL, least=0))


def _data_folder() -> Path:
    from platformdirs import user_data_path  # few need it

    return user_data_path("git-phc")


def site_for(ctx: Context, task: Task) -> Site:
    """The same for a new workspace of this task, with what its agent wants to find there."""
    settings: tuple[str, ...] = ()
    with suppress(PhcError):  # an agent that is not known here can do without
        settings = tuple(ctx.plugins.agent(task.agent).project_settings)
    return replace(site(ctx), settings=settings)


def known_place(ctx: Context, task: Task) -> Path | None:
    """The task's recorded folder, if it stands; for showing, since it asks git nothing."""
    if task.mode == "cloud":
        return find_place(ctx, task)
    known = read_text(layout.place_file(ctx.repo, task.id))
    return Path(known) if known and is_checkout_of(ctx.repo, Path(known)) else None


def find_place(ctx: Context, task: Task) -> Path | None:
    """The task's folder on this computer, None where it has none now."""
    return workspace_for(task.mode).find(Site(ctx.repo, None, _data_folder), task)


def local_checkout(ctx: Context, task: Task) -> Repo | None:
    """The checkout that a local task works in, or would; None in a bare repository."""
    place = find_place(ctx, task) or ctx.repo.worktree
    return open_repo(place) if place else None


def checkout_of(ctx: Context, task: Task) -> Repo | None:
    """The repository as seen from the task's folder, None where it has none now."""
    path = find_place(ctx, task)
    return open_place(ctx, task, path) if path else None


def open_place(ctx: Context, task: Task, place: Path) -> Repo:
    """The repository as seen from a task's folder; git never runs in a clone of the cloud."""
    if task.mode != "cloud":
        return open_repo(place)
    from git_phc.git.foreign.take_in import take_in

    seen = clone_at(ctx, place)
    take_in(seen)
    return seen


def clone_at(ctx: Context, place: Path) -> Repo:
    """The repository as seen from a clone, by what was taken over of it last."""
    from git_phc.git.foreign.shadow import open_shadow, shadow_of

    shadow = shadow_of(ctx.repo, place)
    if shadow is None:
        raise Refused(f"{place} is no clone that was made for a task", "See: git worktree list")
    return open_shadow(ctx.repo, shadow)


def refuse_strayed(ctx: Context, task: Task) -> None:
    """Raises where the task's folder stands somewhere, and has lost its tie to the repository."""
    workspace_for(task.mode).check_removal(Site(ctx.repo, None, _data_folder), task)


def require_place(ctx: Context, task: Task) -> Path:
    """The task's folder on this computer. Raises Refused where it has none now."""
    place = find_place(ctx, task)
    if place is None:
        refuse_strayed(ctx, task)  # tells more
        raise Refused(f"the task {task.id.short} has no workspace here now", _way_to(ctx, task))
    return place


def _way_to(ctx: Context, task: Task) -> str:
    """How the task comes to have a workspace here."""
    short = task.id.short
    if task.deleted or task.archived:
        return f"Bring it back: git phc undo {short}"
    if task.handoff or is_elsewhere(ctx, task):
        if task.run and task.run.is_open:
            return f"It runs on {task.run.claim.get('host')}; follow it: git phc attach {short}"
        return f"Take it over: git phc pick {short}"
    return f"Bring it back: git phc {'undo' if task.is_done else 'resume'} {short}"


@contextmanager
def in_another_place(ctx: Context, task: Task) -> Iterator[None]:
    """Within it the task gets another place than the one it has; that stays on a failure."""
    record = layout.place_file(ctx.repo, task.id)
    known = read_text(record)
    record.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        if known:
            replace_file(record, os.fsencode(known))
        raise
