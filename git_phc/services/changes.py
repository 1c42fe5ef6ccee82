"""What a task has changed: against its base, or in local mode against its first checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from git_phc.git import diffs
from git_phc.git.repo import Repo
from git_phc.model.codec import Json
from git_phc.model.task import Task
from git_phc.store.tasks import load

LIMIT = 200  # commits of one turn that are told of


def count_changes(
    repo: Repo, task: Task, stash: str, head: str | None = None
) -> Mapping[str, Json]:
    """`files`, `added`, `removed` (lines), `ahead` and `behind` (commits) of a checkpoint; its
    commit is `head`, where that is known.
    """
    base = base_tree(repo, task)
    if base is None:
        return {}
    found = diffs.count_stash(repo, base, stash)
    counts: dict[str, Json] = {
        "files": found.files,
        "added": found.added,
        "removed": found.removed,
    }
    if task.base:
        at_base = head == task.base
        ahead, behind = (0, 0) if at_base else diffs.ahead_behind(repo, f"{stash}^1", task.base)
        counts |= {"ahead": ahead, "behind": behind}
    return counts


def base_tree(repo: Repo, task: Task) -> str | None:
    """What a task's changes are counted against; None where nothing is known to count from."""
    if task.mode != "local":
        return task.base
    first = first_stash(repo, task)
    return diffs.tree_of_stash(repo, first) if first else task.base


def first_stash(repo: Repo, task: Task) -> str | None:
    """The stash form of the task's first checkpoint."""
    log = load(repo, task.id, task.tip).state.logs.get("checkpoints", {})
    first = min(log.values(), key=lambda item: int(str(item["clock"])), default={})
    stash = first.get("stash")
    return str(stash) if stash else None


def commits_since(repo: Repo, old: str, new: str) -> Sequence[str]:
    """The commits that were made in this checkout, oldest first; a bounded number of them."""
    return diffs.made_here(repo, diffs.commits_between(repo, old, new, limit=LIMIT))
