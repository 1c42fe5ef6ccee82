"""The tasks that a command may be meant for, by their ids, and their titles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from git_phc.git.repo import Repo, open_repo
from git_phc.model.ids import SHORTEST, looks_like_id
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.survey import survey
from git_phc.store.tasks import list_tasks

SHORT = 8  # letters of an id, as everywhere; more where more were typed

# Commands that are for some tasks only: none other is offered.
_FOR: Mapping[str, Callable[[Task], bool]] = {
    "answer": lambda task: task.status == "waiting",
    "stop": lambda task: task.is_open,
    "attach": lambda task: task.is_open,
    "wait": lambda task: task.is_open,
    "unarchive": lambda task: task.archived,
}
_FOR_PUT_AWAY = ("unarchive", "undo")


def tasks(
    cwd: Path, environ: Mapping[str, str], command: str, typed: str
) -> Iterator[tuple[str, str]]:
    """Ids that begin as typed, the newest first. Those that are put away come where they are
    meant, or where no other begins so.
    """
    repo = open_repo(cwd, environ)
    wanted = _FOR.get(command, _any)
    found = _all(repo) if command in _FOR_PUT_AWAY else survey(repo).tasks
    found = [task for task in found if task.id.startswith(typed) and wanted(task)]
    if not found and len(typed) >= SHORTEST and looks_like_id(typed):
        found = [task for task in _all(repo, f"{typed}*") if wanted(task)]
    for task in sorted(found, key=lambda task: task.updated, reverse=True):
        yield (task.id if len(typed) > SHORT else task.id[:SHORT]), f"{task.status}: {task.title}"


def _any(_: Task) -> bool:
    return True


def _all(repo: Repo, pattern: str = "") -> list[Task]:
    return [task for task in list_tasks(repo, layout.TASKS + pattern) if isinstance(task, Task)]
