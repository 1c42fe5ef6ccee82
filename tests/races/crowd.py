"""Writers of tasks, each in a process of its own, while git keeps house beside them.

Every writer says which of its appends were acknowledged. What it says must stand in the
tasks' histories afterwards, each append once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from git_phc.git.repo import Repo, open_repo
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store import layout
from git_phc.store.tasks import load
from tests.git.racing import run_at_once
from tests.kit import MakeRepo

# Three ways to append: the library with what it remembers, the command in this process, and
# now and then the program itself. Each append puts on a label that no other has, and takes off
# the one that this writer put there before, so that tasks stay small.
WRITER = """
import io, os, random, subprocess
from pathlib import Path
from git_phc.cli.main import run
from git_phc.git.repo import open_repo
from git_phc.services.context import Context
from git_phc.services.edit import edit
from git_phc.services.find import find

place, said, who, count, seed, *ids = sys.argv[1:]
chance, here = random.Random(seed), Path(place)
ctx = Context(open_repo(here), here)


def by_command(id, label, former):
    out = io.StringIO()
    words = ["edit", id, "--label", label, *(f"--unlabel={name}" for name in former)]
    code = run(words, cwd=here, stdin=io.StringIO(), stdout=out, stderr=out, environ=os.environ)
    assert code == 0, out.getvalue()


def by_program(id, label, former):
    words = ["edit", id, "--label", label, *(f"--unlabel={name}" for name in former)]
    argv = [sys.executable, "-m", "git_phc", *words]
    done = subprocess.run(argv, cwd=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def by_library(id, label, former):
    edit(ctx, find(ctx, id), {}, [label], former)


former = {id: [] for id in ids}
with open(said, "a") as file:
    for number in range(int(count)):
        id, label = chance.choice(ids), f"{who}-{number}"
        way = chance.choices([by_library, by_command, by_program], [6, 3, 1])[0]
        way(id, label, former[id])
        former[id] = [label]
        file.write(f"{id} {label}\\n")
        file.flush()
"""


def make_tasks(make_repo: MakeRepo, count: int, name: str = "repo") -> tuple[Repo, list[Task]]:
    """A repository with so many tasks that nobody runs."""
    repo = open_repo(make_repo(name))
    ctx = Context(repo, repo.worktree or repo.git_dir)
    body = [Created(), Edited({"title": "a task"})]
    return repo, [ctx.tasks.create(body, lambda _: [], {}) for _ in range(count)]


def write(
    repo: Repo, tasks: Sequence[Task], chance: random.Random, *, writers: int, appends: int
) -> Counter[tuple[str, str]]:
    """Lets writers append at the same time; the appends that they were told of."""
    folder = repo.common_dir.parent / ".said"
    folder.mkdir(exist_ok=True)
    ids = [task.id for task in tasks]
    seeds = [str(chance.randrange(1 << 30)) for _ in range(writers)]
    argvs = [
        [str(repo.worktree), str(folder / str(n)), str(n), str(appends), seed, *ids]
        for n, seed in enumerate(seeds)
    ]
    run_at_once(WRITER, argvs)
    told = (line.split(" ", 1) for file in folder.iterdir() for line in _lines(file))
    return Counter((id, label) for id, label in told)


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def sound(repo: Repo) -> None:
    """git finds nothing missing or broken."""
    done = repo.git("fsck", "--full", "--strict", "--no-dangling", ok=())
    said = f"{done.status} {done.out!r} {done.err!r}"  # a tuple's difference is cut short
    assert said == "0 b'' b''", said


def written(repo: Repo, tasks: Sequence[Task]) -> Counter[tuple[str, str]]:
    """The appends in the tasks' histories; each task can be loaded as it stands."""
    found: Counter[tuple[str, str]] = Counter()
    for task in tasks:
        tip = repo.text("rev-parse", layout.task_ref(task.id))
        load(repo, task.id, tip)
        for line in repo.text("log", "--format=%s", tip).splitlines():
            labels = (word[1:] for word in line.split() if word.startswith("+"))
            found.update((str(task.id), label) for label in labels)
    return found
