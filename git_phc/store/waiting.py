"""A task that waits at a remote, read and checked by one kept `git cat-file`.

For the usual case, in which git programs would take longer to start than to answer: a short
history in one line, of a task that is not here yet, or that is the same here. What it must be to
be believed is what `store.receipt` asks of any; whatever is out of the usual is left to that.
"""

from __future__ import annotations

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
    refs = (layout.withdrawn(remote) + id, layout.quarantine(remote) + id)
    if noted(repo, id) or any(reader.find_or_none(ref) for ref in refs):
        return None
    if reader.find_or_none(layout.task_ref(id)) is not None:
        # It was checked when it came. Asked of the ref itself: the name may mean a branch, too.
        is_here = read_ref(repo, layout.task_ref(id)) == tip
        return (load(repo, id, tip), tip) if is_here else None
    chain = _chain(reader, tip)
    found = _checked(repo, reader, id, chain) if chain else None
    return (found, None) if found else None


def _chain(reader: Reader, tip: str) -> list[Link]:
    """The history of `tip`, its root first, where it is a short one without a join; else none."""
    links: list[Link] = []
    oid: str | None = tip
    while oid:
        link = _link(reader.find(oid, event.LONGEST))
        if link is None or len(link.parents) > 1 or len(links) == LONGEST:
            return []
        links.append(link)
        oid = next(iter(link.parents), None)
    return links[::-1]


def _link(found: Object | None) -> Link | None:
    if found is None or found.is_cut or found.kind != COMMIT:
        return None
    head = found.data.partition(b"\n\n")[0].decode(errors="replace")
    lines = [line.partition(" ") for line in head.split("\n")]
    tree = next((value for key, _, value in lines if key == "tree"), "")
    return Link(found.oid, tree, tuple(value for key, _, value in lines if key == "parent"))


def _checked(repo: Repo, reader: Reader, id: TaskId, chain: list[Link]) -> Loaded | None:
    tip = chain[-1]
    blobs = [(link, reader.find(f"{link.tree}:{snapshot.EVENT}", event.LONGEST)) for link in chain]
    judged = judge_history(repo, Offer(id, tip.oid, None, None), blobs)
    if judged.kind == "unfit" or judged.state is None:
        return None
    found = reader.find(f"{tip.tree}:{snapshot.TASK}")
    task = parse_task(id, tip.oid, found.data if found else b"")
    return Loaded(task, judged.state, judged.tree) if isinstance(task, Task) else None
