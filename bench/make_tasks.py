"""Makes many valid tasks in a repository, quickly.

    python bench/make_tasks.py REPO N

Their events are decided by the model and encoded by the store, like any other's; only the
writing is different: packs of thousands of tasks, and one transaction of refs.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `bench`, run as a program

from bench.pack import PackWriter
from bench.stories import beginning, status_of, steps
from git_phc.git.repo import Repo, open_repo
from git_phc.git.worktrees import resolve_commit
from git_phc.host.clock import Clock
from git_phc.model.event import Actor
from git_phc.model.ids import TaskId
from git_phc.model.state import State
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.drafts import Draft
from git_phc.store.tasks import Tasks

PART = 5000  # tasks a pack
# Another clone than the repository's own, so that nobody here is thought to have died.
ACTOR = Actor("Ada Bench", "ada@example.com", "be9c" * 4)


def make_tasks(repo: Repo, count: int, *, by: int = 1) -> None:
    """Makes `count` tasks, with objects and refs packed. Raises GitFailed.

    `by`: their numbers are so far apart; by 50, none is finished (see `stories.status_of`).
    """
    with ProcessPoolExecutor() as workers:
        firsts = range(0, count, PART)
        parts = [range(one * by, min(one + PART, count) * by, by) for one in firsts]
        made = workers.map(_make_part, repeat(repo), parts)
        lines = [f"create {layout.task_ref(id)} {tip}\n" for part in made for id, tip in part]
    # Not by `move_refs`, which syncs each ref to disk: ten thousand would take a minute.
    repo.git("update-ref", "--stdin", input="".join(lines).encode())
    repo.git("pack-refs", "--all")


def _make_part(repo: Repo, numbers: range) -> list[tuple[TaskId, str]]:
    """Writes the tasks of these numbers as one pack; the id and the tip of each."""
    base = resolve_commit(repo, "HEAD") or repo.zero
    with PackWriter(repo) as writer:
        tasks = Tasks(repo, writer, ACTOR, Clock())
        made = [_make(tasks, number, base) for number in numbers]
    return [(task.id, task.tip) for task in made]


def _make(tasks: Tasks, number: int, base: str) -> Task:
    draft = Draft(tasks, None, State(), {})
    for body in beginning(number, base):
        draft.add(body)
    for step in steps(status_of(number)):
        for body in step(draft.task):
            draft.add(body)
    return draft.task


def main(argv: list[str]) -> int:
    """The program."""
    if len(argv) != 2 or not argv[1].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    make_tasks(open_repo(Path(argv[0])), int(argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
