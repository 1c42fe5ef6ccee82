"""Where a task's branch and HEAD are, and where its last checkpoint saw them."""

from __future__ import annotations

import os
import re

from msgspec import Struct

from git_phc.errors import Conflict
from git_phc.git.repo import Repo
from git_phc.git.worktrees import branch_tip
from git_phc.host.paths import read_text, replace_file
from git_phc.model.events.body import is_object_id
from git_phc.model.task import Task
from git_phc.store import layout

TIP = "tip"
"""The fact of a checkpoint that says where the task's own branch was."""
MODE = "mode"
"""The fact of a checkpoint that says in which mode the task was."""


class Spot(Struct, frozen=True):
    """Where a workspace stood.

    Attributes:
        branch: the one that was checked out, without `refs/heads/`; None for none.
        head: the commit that was checked out.
        tip: where the task's own branch was.
    """

    branch: str | None
    head: str
    tip: str


def is_tasks_own(repo: Repo, task: Task) -> bool:
    """Whether a branch of the name that the task gives is the task's own here, and not only called
    so. By its name, which has the task's id, as ours do; or by what is written down here: the name
    alone is whoever's who writes the task.
    """
    branch = task.branch or ""
    named = re.search(rf"(?:^|[-/]){task.id.short}(?:-\d+)?$", branch)
    return bool(named) or read_text(layout.branch_file(repo, task.id)) == branch


def make_own(repo: Repo, task: Task) -> None:
    """Writes down that the branch is the task's own here."""
    if task.branch:
        replace_file(layout.branch_file(repo, task.id), os.fsencode(task.branch))


def spot_of(repo: Repo, link: str, fallback: str) -> Spot:
    """Where the workspace stood when the checkpoint `link` was taken; `fallback` is its commit
    where it had none yet.
    """
    return _seen(repo, link, fallback)[0]


def _seen(repo: Repo, link: str, fallback: str) -> tuple[Spot, str | None]:
    from git_phc.git.checkpoint import read  # `path` and `open` only look

    seen = read(repo, link)
    head, tip = seen.head or fallback, str(seen.facts.get(TIP))
    branch = seen.branch.removeprefix("refs/heads/") if seen.branch else None
    mode = seen.facts.get(MODE)
    return Spot(branch, head, tip if is_object_id(tip) else head), str(mode) if mode else None


def last_spot(repo: Repo, task: Task) -> Spot:
    """Where its workspace stood at its last checkpoint. In a local one the branch was the user's:
    what comes from there goes on on the task's own.
    """
    spot, mode = _seen(repo, str((task.checkpoint or {})["link"]), str(task.base))
    if mode == "local" and task.mode != "local":
        return Spot(task.branch, spot.head, spot.head)
    return spot


def where_it_was(repo: Repo, task: Task) -> str | None:
    """Where the branch must be made anew; None where it is still as the checkpoint saw it.

    Raises Conflict when it has moved since: it is never moved back.
    """
    branch, then = task.branch or "", last_spot(repo, task).tip
    tip = branch_tip(repo, branch)
    if tip is None:
        return then
    if tip != then:
        raise Conflict(
            f"the branch {branch} has moved since: it was at {then[:12]}, and is at {tip[:12]}",
            f"Keep both: git branch {branch}-now {branch} && git branch -f {branch} {then}",
        )
    return None
