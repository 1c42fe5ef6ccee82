"""What a worker has: a bare repository of its own, and tasks of a remote in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from git_phc.git.checkpoint import Checkpoint
from git_phc.git.refs import Move, move_refs
from git_phc.git.repo import open_repo
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.keep import keep
from git_phc.services.place import checkout_of, site
from git_phc.store import layout
from git_phc.store.tasks import read_task
from git_phc.workspaces.place import workspace_for
from tests.conftest import write_files
from tests.kit import MakeRepo, Phc, RunGit

FILES = {"README.md": "# A repository\n", "src/a.txt": "a\n"}


@dataclass
class Farm:
    """`own` is the worker's repository. Its tasks are made there, as if they had come."""

    make_repo: MakeRepo
    phc: Phc
    git: RunGit
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.remote = self.make_repo("remote", files=FILES, bare=True)
        self.room = self.remote.parent
        self.own = self.room / "own.git"
        self.git(self.room, "init", "-q", "--bare", self.own)
        self.git(self.own, "remote", "add", "origin", self.remote)
        self.git(self.own, "fetch", "-q", "origin")
        self.git(self.own, "update-ref", "refs/heads/main", "refs/remotes/origin/main")
        self.git(self.own, "config", "phc.pool", "0")
        self.ctx = Context(open_repo(self.own), self.own)
        layout.policy_file(self.ctx.repo).parent.mkdir(exist_ok=True)
        layout.policy_file(self.ctx.repo).touch()

    def task(self, title: str = "a task") -> Task:
        """A task that works in a clone, and has none yet. It was local where it comes from."""
        done = self.phc("start", "-q", title, "-b", "main", "--", "true", cwd=self.own)
        assert done.code == 0, done
        task = read_task(self.ctx.repo, TaskId.parse(done.out.strip()))
        workspace_for("worktree").put_away(site(self.ctx), task)
        layout.place_file(self.ctx.repo, task.id).unlink()
        return self.now(task)

    def now(self, task: Task) -> Task:
        """The task as it is by now, in the cloud."""
        return read_task(self.ctx.repo, task.id).changed(mode="cloud")

    def prepare(self, task: Task) -> Path:
        return workspace_for("cloud").prepare(site(self.ctx), task, self.said.append)

    def find(self, task: Task) -> Path | None:
        return workspace_for("cloud").find(site(self.ctx), task)

    def put_away(self, task: Task) -> Path | None:
        return workspace_for("cloud").put_away(site(self.ctx), task)

    def keep(self, task: Task) -> tuple[Task, Checkpoint]:
        checkout = checkout_of(self.ctx, task)
        assert checkout is not None
        kept, link = keep(self.ctx, task, checkout, "turn")
        return kept.changed(mode="cloud"), link

    def commit(self, place: Path, files: Mapping[str, str]) -> str:
        write_files(place, files)
        self.git(place, "add", "-A")
        self.git(place, "commit", "-qm", "theirs")
        return self.git(place, "rev-parse", "HEAD")

    def move(self, ref: str, old: str, new: str) -> None:
        move_refs(self.ctx.repo, [Move(ref, old, new)])
