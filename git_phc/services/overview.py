"""The list of tasks: which are shown, and in which order; what waits for you comes first."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from git_phc.errors import DamagedTask
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.find import short_names
from git_phc.services.seen import seen
from git_phc.store.survey import Survey, survey
from git_phc.store.tasks import list_tasks

URGENCY = (
    "waiting", "interrupted", "stale", "failed", "ready",
    "running", "preparing", "queued", "cancelled", "done",
)  # fmt: skip


class Filter(Struct, frozen=True):
    """What to show: all but done, archived and deleted, unless asked for; or the deleted alone."""

    all: bool = False
    deleted: bool = False
    mine: str | None = None
    statuses: Sequence[str] = ()
    labels: Sequence[str] = ()


class Row(Struct, frozen=True):
    """A task in the list, with the status that is seen and the shortest name it has."""

    task: Task
    status: str
    name: str


class Overview(Struct):
    """The rows to show, what is not shown (by status), and what cannot be read."""

    rows: list[Row] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)
    damaged: list[DamagedTask] = field(default_factory=list)


def overview(ctx: Context, wanted: Filter) -> Overview:
    """Reads the tasks, and orders those that are wanted."""
    read = _read(ctx, wanted)
    found = Overview(damaged=read.damaged)
    found.hidden.update(read.away)
    names = short_names(_around([task.id for task in read.tasks], read.names))
    for task in read.tasks:
        row = Row(*seen(ctx, task), names[task.id])
        if _is_wanted(row, wanted):
            found.rows.append(row)
        else:
            found.hidden[_put_away(task) or row.status] += 1
    found.rows.sort(key=lambda row: row.task.updated, reverse=True)
    found.rows.sort(key=lambda row: (not row.task.pinned, _urgency(row.status)))
    return found


def _put_away(task: Task) -> str:
    """Which mark hides a task, whatever its status; "" for none."""
    return "deleted" if task.deleted else "archived" if task.archived else ""


def _urgency(status: str) -> int:
    """A status that a newer version knows comes where it is seen."""
    return URGENCY.index(status) if status in URGENCY else 0


def _read(ctx: Context, wanted: Filter) -> Survey:
    """All tasks; those that are put away only counted, where nobody asked for them."""
    if not wanted.all and not wanted.deleted and not wanted.statuses:
        return survey(ctx.repo)
    read = list(list_tasks(ctx.repo))
    tasks = [task for task in read if not isinstance(task, DamagedTask)]
    damaged = [task for task in read if isinstance(task, DamagedTask)]
    return Survey(tasks, damaged=damaged, names=[task.id for task in tasks])


def _around(ids: Sequence[str], ordered: Sequence[str]) -> list[str]:
    """These ids and their neighbours among all: enough to say how short a name may be."""
    near = set(ids)
    for id in ids:
        at = bisect_left(ordered, id)
        near.update(name for name in ordered[max(0, at - 1) : at + 2] if len(name) == len(id))
    return list(near)


def _is_wanted(row: Row, wanted: Filter) -> bool:
    task = row.task
    if task.deleted is not wanted.deleted:
        return False
    if wanted.statuses and row.status not in wanted.statuses:
        return False
    is_asked_for = wanted.all or wanted.deleted or wanted.statuses
    if not is_asked_for and (row.status == "done" or task.archived):
        return False
    if wanted.mine and not _is_mine(task, wanted.mine):
        return False
    return _has_all(task.labels, wanted.labels)


def _is_mine(task: Task, email: str) -> bool:
    """Assigned to that person, or to nobody and made by them."""
    who = str(task.cell("assignee") or task.author)
    return email == who or who.endswith(f"<{email}>")


def _has_all(labels: Iterable[str], wanted: Sequence[str]) -> bool:
    return set(wanted) <= set(labels)
