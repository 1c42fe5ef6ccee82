"""Which task a word means: an id, a branch, the beginning of an id, a path, `@` or `-`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from git_phc.errors import DamagedTask, NoSuchTask, NotARepository
from git_phc.git.refs import list_refs, read_ref
from git_phc.git.repo import open_repo
from git_phc.host.paths import read_text, replace_file
from git_phc.model.ids import SHORTEST, TaskId, looks_like_id
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.tasks import list_tasks, read_task

WHOLE = 32  # letters of an id
HINT = "See which there are: git phc status --all"


def find(ctx: Context, word: str) -> Task:
    """The one task that `word` means. Raises NoSuchTask, also for two of one kind."""
    task = read_task(ctx.repo, _find_id(ctx, word))
    remember(ctx, task.id)
    return task


def find_ids(ctx: Context, words: Sequence[str]) -> list[TaskId]:
    """The ids of the tasks that the words mean; whole ids are looked up all at once."""
    refs = [layout.TASKS + word for word in words if len(word) == WHOLE and looks_like_id(word)]
    known = {name for name, _ in list_refs(ctx.repo, *refs)} if refs else set()
    found = [TaskId(w) if layout.TASKS + w in known else find(ctx, w).id for w in words]
    if found:
        remember(ctx, found[-1])
    return found


def _find_id(ctx: Context, word: str) -> TaskId:
    for look in (_by_sign, _by_id, _by_branch, _by_prefix, _by_path):
        found = look(ctx, word)
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(found)[:5])
            raise NoSuchTask(f"{word!r} could be any of {names}", "Type more letters of the id")
    raise NoSuchTask(f"there is no task {word!r}", HINT)


def _by_sign(ctx: Context, word: str) -> list[TaskId]:
    if word == "-":
        known = read_text(layout.last_file(ctx.repo))
        if not known:
            raise NoSuchTask("no task was named before, so - means none", HINT)
        return _by_id(ctx, known)
    if word == "@":
        here = _marked(ctx.repo.git_dir)
        if not here:
            raise NoSuchTask("no task has its place in this checkout, so @ means none", HINT)
        return _by_id(ctx, here)
    return []


def _by_id(ctx: Context, word: str) -> list[TaskId]:
    with suppress(ValueError):
        id = TaskId.parse(word)
        return [id] if read_ref(ctx.repo, layout.task_ref(id)) else []
    return []


def _by_branch(ctx: Context, word: str) -> list[TaskId]:
    """A task keeps its branch's name when the branch is gone, so all are looked at; ids with
    the letters at the branch's end first, which is where branches of ours have them.
    """
    if looks_like_id(word) and read_ref(ctx.repo, f"refs/heads/{word}") is None:
        return []
    tail = word.rpartition("-")[2]
    close = _with_branch(ctx, word, f"{layout.TASKS}{tail}*") if looks_like_id(tail) else []
    return close or _with_branch(ctx, word, layout.TASKS)


def _with_branch(ctx: Context, branch: str, pattern: str) -> list[TaskId]:
    return [
        task.id
        for task in _readable(ctx, pattern)
        if task.branch == branch and task.mode != "local"
    ]


def _readable(ctx: Context, pattern: str) -> Iterator[Task]:
    return (t for t in list_tasks(ctx.repo, pattern) if not isinstance(t, DamagedTask))


def _by_prefix(ctx: Context, word: str) -> list[TaskId]:
    if not looks_like_id(word):
        return []
    refs = list_refs(ctx.repo, f"{layout.TASKS}{word}*")
    return [TaskId(name.removeprefix(layout.TASKS)) for name, _ in refs]


def _by_path(ctx: Context, word: str) -> list[TaskId]:
    path = ctx.cwd / word
    if not path.exists():
        return []
    with suppress(NotARepository):
        there = open_repo(path if path.is_dir() else path.parent)
        if there.common_dir == ctx.repo.common_dir and (id := _marked(there.git_dir)):
            return _by_id(ctx, id)
    return []


def _marked(git_dir: Path) -> str | None:
    return read_text(layout.checkout_mark(git_dir)) or read_text(layout.local_mark(git_dir))


def remember(ctx: Context, id: TaskId) -> None:
    """What `-` will mean. A repository that cannot be written to is read all the same."""
    path = layout.last_file(ctx.repo)
    if read_text(path) != id:
        with suppress(OSError):
            replace_file(path, id.encode())


def short_names(ids: list[str]) -> dict[str, str]:
    """For each id the shortest beginning that no other one has, four letters at least."""
    ordered = sorted(ids)
    shared = [0, *(_common(a, b) for a, b in pairwise(ordered)), 0]
    return {
        id: id[: max(SHORTEST, shared[at] + 1, shared[at + 1] + 1)] for at, id in enumerate(ordered)
    }


def _common(one: str, two: str) -> int:
    return next(
        (at for at, pair in enumerate(zip(one, two, strict=True)) if pair[0] != pair[1]), 32
    )
