"""A task that waits at a remote, read and checked by one kept `git cat-file`.

For the usual case, in which git programs would take longer to start than to answer: a short
history in one line, of a task that is not here yet, or that is the same here. What it must be to
be believed is what `store.receipt` asks of any; whatever is out of the usual is left to that.
"""

from __future__ import annotations

from collections.abc import Sequence

from git_phc.errors import DamagedTask
from git_phc.git.encoding import COMMIT
from git_phc.git.objects import Object, Reader
from git_phc.git.refs import read_ref
from git_phc.git.repo import Repo
from git_phc.model import event, snapshot
from git_phc.model.ids import TaskId
from git_phc.model.receive import Link
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.pending import noted
from git_phc.store.receipt import Offer, judge_history
from git_phc.store.tasks import Loaded, load, parse_task

LONGEST = 50  # commits; more are read in bulk the quicker
AT_ONCE = 8  # commits that are asked for in one go: as many as most tasks have that wait


def read_waiting(
    repo: Repo, reader: Reader, remote: str, id: TaskId, tip: str
) -> tuple[Loaded, str | None] | None:
    """The task as it is at `tip`, which was fetched, and what its ref holds here. None where that
    takes a closer look: something is on its way there, was withheld, or differs here; or it is
    not fit.
    """
    try:
        return _read(repo, reader, remote, id, tip)
    except DamagedTask:
        return None


def _read(
    repo: Repo, reader: Reader, remote: str, id: TaskId, tip: str
) -> tuple[Loaded, str | None] | None:
    if noted(repo, id):
        return None
    refs = (layout.withdrawn(remote) + id, layout.quarantine(remote) + id, layout.task_ref(id))
    names = [*refs, f"{tip}:{snapshot.TASK}"]
    found = reader.find_each([*names, *_some(tip)], event.LONGEST)
    *marks, here, stored = found[: len(names)]
    if any(marks):
        return None
    if here is not None:
        # It was checked when it came. Asked of the ref itself: the name may mean a branch, too.
        is_here = read_ref(repo, layout.task_ref(id)) == tip
        return (load(repo, id, tip), tip) if is_here else None
    chain = _chain(reader, tip, found[len(names) :])
    loaded = _checked(repo, reader, id, chain, stored) if chain else None
    return (loaded, None) if loaded else None


Chain = list[tuple[Link, Object | None]]  # each commit, and its event as it is stored


def _some(oid: str) -> list[str]:
    """The names of a commit and its event, and of those before it."""
    commits = [f"{oid}~{back}" for back in range(AT_ONCE)]
    return [name for commit in commits for name in (commit, f"{commit}:{snapshot.EVENT}")]


def _chain(reader: Reader, tip: str, found: Sequence[Object | None]) -> Chain:
    """The history of `tip`, its root first, where it is a short one without a join; else none.
    `found` is what its `_some` are.
    """
    chain: Chain = []
    oid: str | None = tip
    while True:
        for commit, blob in zip(found[::2], found[1::2], strict=True):
            link = _link(commit)
            if link is None or link.oid != oid or len(link.parents) > 1:
                return []
            chain.append((link, blob))
            oid = next(iter(link.parents), None)
            if oid is None:
                return chain[::-1]
        if oid is None or len(chain) >= LONGEST:
            return []
        found = reader.find_each(_some(oid), event.LONGEST)


def _link(found: Object | None) -> Link | None:
    if found is None or found.is_cut or found.kind != COMMIT:
        return None
    head = found.data.partition(b"\n\n")[0].decode(errors="replace")
    lines = [line.partition(" ") for line in head.split("\n")]
    tree = next((value for key, _, value in lines if key == "tree"), "")
    return Link(found.oid, tree, tuple(value for key, _, value in lines if key == "parent"))


def _checked(
    repo: Repo, reader: Reader, id: TaskId, chain: Chain, stored: Object | None
) -> Loaded | None:
    tip = chain[-1][0]
    judged = judge_history(repo, Offer(id, tip.oid, None, None), chain)
    if judged.kind == "unfit" or judged.state is None:
        return None
    if stored and stored.is_cut:  # now that it is known to be no longer than it must be
        stored = reader.find(stored.oid)
    task = parse_task(id, tip.oid, stored.data if stored else b"")
    return Loaded(task, judged.state, judged.tree) if isinstance(task, Task) else None
