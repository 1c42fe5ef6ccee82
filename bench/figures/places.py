"""The place of a cloud run, of 50,000 files, against one local clone that borrows as it does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.lab import Lab
from bench.make_tasks import make_tasks
from bench.measure import Figure, timed
from git_phc.git.refs import list_refs
from git_phc.git.repo import open_repo
from git_phc.host.paths import replace_file
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.keep import keep
from git_phc.services.place import checkout_of, site
from git_phc.store import layout
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import workspace_for

FILES = 50_000


class _Worker:
    """A worker's own repository, and the clones that it makes there."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._numbers = lab, count()
        source = lab.repository("served", files=FILES)
        self.own = lab.folder / "own.git"
        lab.run("git", "clone", "-q", "--bare", str(source), str(self.own), cwd=lab.folder)
        branch = ("refs/remotes/origin/main", "refs/heads/main")
        lab.run("git", "update-ref", *branch, cwd=self.own)
        make_tasks(open_repo(self.own), 2)
        self.ctx = Context(open_repo(self.own), self.own)
        replace_file(layout.policy_file(self.ctx.repo), b"")
        names = [
            ref.removeprefix(layout.TASKS) for ref, _ in list_refs(self.ctx.repo, layout.TASKS)
        ]
        first, second = (read_task(self.ctx.repo, TaskId.parse(name)) for name in names)
        self.fresh, self.kept = first.changed(mode="cloud"), second.changed(mode="cloud")
        self._keep()

    def _keep(self) -> None:
        """The second one has a checkpoint, as every task that was sent to the cloud."""
        self._prepare(self.kept)
        checkout = checkout_of(self.ctx, self.kept)
        if checkout is None:
            raise RuntimeError("there is no clone")
        self.kept = keep(self.ctx, self.kept, checkout, "bench")[0].changed(mode="cloud")
        self._put_away(self.kept)

    def place(self, task: Task) -> float:
        took = timed(lambda: self._prepare(task))
        self._put_away(task)
        return took

    def clone(self) -> float:
        """What git does for one more clone of what is on this machine."""
        place = self._lab.folder / f"clone{next(self._numbers)}"
        words = ("git", "clone", "-q", "--shared", str(self.own), str(place))
        took = self._lab.time(*words, cwd=self._lab.folder)
        shutil.rmtree(place)
        return took

    def _prepare(self, task: Task) -> Path:
        return workspace_for("cloud").prepare(site(self.ctx), task, lambda _: None)

    def _put_away(self, task: Task) -> None:
        """Not by the housekeeper: that one would work on while the next is timed."""
        checkout = checkout_of(self.ctx, task)
        if checkout and checkout.worktree:
            (checkout.git_dir / "phc-task").unlink()
            shutil.rmtree(checkout.worktree)
            shutil.rmtree(checkout.git_dir)


def figures(lab: Lab) -> Iterator[Figure]:
    """At the task's base; and as a checkpoint has it, looked at once more when it is there."""
    worker = _Worker(lab)
    yield Figure(
        "a cloud place, 50,000 files, at the base",
        lambda: worker.place(worker.fresh), worker.clone, factor=1.3, extra=400, most=5,
    )  # fmt: skip
    yield Figure(
        "a cloud place, 50,000 files, of a checkpoint",
        lambda: worker.place(worker.kept), worker.clone, factor=2.5, extra=400, most=5,
    )  # fmt: skip
