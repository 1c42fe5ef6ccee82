"""The name of every ref and private file of ours, in one place."""

from __future__ import annotations

from pathlib import Path

from git_phc.git.repo import Repo
from git_phc.model.ids import TaskId

ROOT = "refs/phc/"
TASKS = "refs/phc/tasks/"  # the task: events and snapshot
RUNS = "refs/phc/runs/"  # transcripts, a folder a run
WORK = "refs/phc/work/"  # checkpoints, a chain
TRASH = "refs/phc/trash/"  # salvage; never pushed
ASIDE = "refs/phc/aside/"  # <task>/…: chains of one who lost the claim; never pushed
REMOTES = "refs/phc/remotes/"  # what remotes hold, as we saw it last: <remote>/tasks/…, runs, work
QUARANTINE = "refs/phc/quarantine/"  # <remote>/<name>: what came from there and is not adopted
WITHDRAWN = "refs/phc/withdrawn/"  # <remote>/<task>: what a remote held, and took back
QUEUE = "refs/phc/queue/"  # on a remote: the tasks that wait there for a worker
LEASE = "refs/phc/lease/"  # on a remote: who works on a task, and that they still do
BASE = "refs/phc/base/"  # on a remote: where a task begins that has no checkpoint yet
NOTES = "refs/notes/phc"  # which task and run made a commit

# Two files in a task's tree that are read without the codec behind them; see model.snapshot.
TASK_FILE = "task.json"
TEXTS = "texts"


def task_ref(task: TaskId) -> str:
    return TASKS + task


def runs_ref(task: TaskId) -> str:
    return RUNS + task


def work_ref(task: TaskId) -> str:
    return WORK + task


def queue_ref(task: TaskId) -> str:
    return QUEUE + task


def lease_ref(task: TaskId) -> str:
    return LEASE + task


def base_ref(task: TaskId) -> str:
    return BASE + task


def trash_ref(task: TaskId) -> str:
    return TRASH + task


def aside(task: TaskId) -> str:
    """Where chains of the task are kept that the holder of its claim does not have."""
    return f"{ASIDE}{task}/"


def tracking(remote: str, kind: str = "tasks") -> str:
    """Where we remember what a remote holds of one kind: tasks, runs, work, queue, lease, base."""
    return f"{REMOTES}{remote}/{kind}/"


def tracked(remote: str, ref: str) -> str:
    """Where we remember what a remote's ref of ours is."""
    return f"{REMOTES}{remote}/{ref.removeprefix(ROOT)}"


def notes_of(remote: str) -> str:
    """What a remote's notes on commits are, as we saw it last."""
    return f"{REMOTES}{remote}/notes/phc"


def quarantine(remote: str) -> str:
    return f"{QUARANTINE}{remote}/"


def withdrawn(remote: str) -> str:
    return f"{WITHDRAWN}{remote}/"


# What is not shared: `<common-dir>/phc/`. A lock, a journal that waits to be folded in, or
# something that can be made again.


def clone_file(repo: Repo) -> Path:
    """This clone's own name, random and made once."""
    return repo.private / "clone"


def last_file(repo: Repo) -> Path:
    """The task that was named last: what `-` means."""
    return repo.private / "last"


def index_file(repo: Repo) -> Path:
    """The cache of the list of tasks."""
    return repo.private / "index.db"


def shared_file(repo: Repo) -> Path:
    """Which tasks were shared, and with which remote first: their arbiter. A line each."""
    return repo.private / "shared"


def pending_folder(repo: Repo) -> Path:
    """What was sent to tasks' arbiters, and may have arrived: see `store.pending`."""
    return repo.private / "pending"


def pending_file(repo: Repo, task: TaskId) -> Path:
    """Of one task: the commit that was sent."""
    return pending_folder(repo) / task


def notes_file(repo: Repo, remote: str) -> Path:
    """A cache: our notes and a remote's, as they were when they agreed."""
    return repo.private / "notes" / remote


def signatures_folder(repo: Repo) -> Path:
    """A cache: which commits were found to be signed well, by the keys that are trusted."""
    return repo.private / "signatures"


def live_lock(repo: Repo, task: TaskId) -> Path:
    """Held by whoever runs the task here, for as long as it does; a supervisor's has its pid."""
    return repo.private / "live" / task


def sharing_lock(repo: Repo, task: TaskId) -> Path:
    """Held while the last words of a run that has ended here are sent to where it is shared."""
    return repo.private / "sharing" / task


def writing_lock(repo: Repo, task: TaskId) -> Path:
    """Held while somebody here appends to the task, or to one that shares its two letters."""
    return repo.private / "writing" / task[:2]


def slot_lock(repo: Repo, number: int) -> Path:
    """One of `phc.jobs` places for a running agent."""
    return repo.private / "slots" / str(number)


def run_folder(repo: Repo, run: str) -> Path:
    """What a run keeps here until it is over: its journal, the prompt's file, its log."""
    return repo.private / "runs" / run


def hooks_lock(repo: Repo) -> Path:
    """Held while our git hooks are installed or taken away."""
    return repo.private / "hooks.lock"


def policy_file(repo: Repo) -> Path:
    """In a worker's own repository, and in no other: whose tasks it runs."""
    return repo.private / "policy"


def leases_seen(repo: Repo, remote: str) -> Path:
    """Since when, by this computer's clock, each lease of a remote has been seen unchanged."""
    return repo.private / "leases" / remote


def notices_log(repo: Repo) -> Path:
    """What went wrong when people were to be told of a task."""
    return repo.private / "notices.log"


def whole_file(repo: Repo, task: TaskId) -> Path:
    """Of a task that another clone runs: the latest run whose transcript was brought when the run
    was over, and so is whole here.
    """
    return repo.private / "whole" / task


def place_file(repo: Repo, task: TaskId) -> Path:
    """The path of the worktree that was made for the task; it keeps it for life."""
    return repo.private / "places" / task


def branch_file(repo: Repo, task: TaskId) -> Path:
    """The branch, by its name, that was made for the task here, or taken for it by its user."""
    return repo.private / "branches" / task


def size_file(repo: Repo, task: TaskId) -> Path:
    """What the task's worktree took on the disk when it was last measured."""
    return repo.private / "sizes" / task


def trash_record(repo: Repo, token: str) -> Path:
    """The path of a folder that was moved aside, and is to be deleted."""
    return repo.private / "trash" / token


def pool_lock(repo: Repo, name: str) -> Path:
    """Held by whoever works on a slot of the warm pool, by its name to git."""
    return repo.private / "pool" / name


def slot_file(git_dir: Path) -> Path:
    """In the git folder of a worktree of the warm pool: the path that it waits at."""
    return git_dir / "phc-slot"


def housekeeping_lock(repo: Repo) -> Path:
    """Held by whoever clears away, in the background, what commands have left for it."""
    return repo.private / "housekeeping"


def home_folder(repo: Repo, task: TaskId) -> Path:
    """What is HOME to the task's processes in a sandbox, and nobody else's."""
    return repo.private / "homes" / task


def environment_file(repo: Repo, task: TaskId) -> Path:
    """The words of its environment that the task's latest run here was started with."""
    return repo.private / "environments" / task


def ports_file(repo: Repo, task: TaskId) -> Path:
    """The first of the ports that the task has on this computer."""
    return repo.private / "ports" / task


def teardown_folder(repo: Repo, task: TaskId) -> Path:
    """Of the latest teardown of the task's workspace, when it failed: what it said."""
    return repo.private / "teardown" / task


def setup_mark(git_dir: Path) -> Path:
    """In a worktree's own git folder: the task whose setup has ended well there."""
    return git_dir / "phc-setup"


def local_mark(git_dir: Path) -> Path:
    """In a checkout's own git folder: the local task that has worked here last. The checkout is
    the user's; see `checkout_mark`.
    """
    return git_dir / "phc-local"


def checkout_mark(git_dir: Path) -> Path:
    """In a worktree's own git folder: the task that it was made for. What has no such mark is not
    ours, and never taken away.
    """
    return git_dir / "phc-task"


def landing_file(git_dir: Path) -> Path:
    """In a checkout's own git folder: the merge that is being made here, or taken back."""
    return git_dir / "phc-landing"


def checkout_lock(git_dir: Path) -> Path:
    """Held while a task runs in this checkout, by name."""
    return git_dir / "phc-busy"
