"""Whether the events of a task are signed by who they are said to be by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from msgspec import Struct

from git_phc.errors import DamagedTask
from git_phc.git.signatures import Verdict
from git_phc.model.receive import ancestry
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.store.receipt import read_graph
from git_phc.store.signatures import Judged, Signatures
from git_phc.store.tasks import list_tasks

UNREADABLE = Verdict("bad", "its history cannot be read: objects are missing")
WORST = ("bad", "unknown", "unsigned", "good")


class Verified(Struct, frozen=True, dict=True):
    """A task, and what is to be thought of each of its events."""

    task: Task
    events: Sequence[Judged]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many events have each verdict."""
        kinds = [one.verdict.kind for one in self.events]
        return {kind: kinds.count(kind) for kind in WORST if kind in kinds}

    @property
    def verdict(self) -> str:
        """The worst of all."""
        return next(iter(self.counts), "good")

    @property
    def findings(self) -> list[Judged]:
        """What is not good."""
        return [one for one in self.events if one.verdict.kind != "good"]


def verify(ctx: Context, tasks: Sequence[Task]) -> Iterator[Verified]:
    """Checks each of the tasks; the number of git programs is the same however many there are."""
    graph = read_graph(ctx.repo, [task.tip for task in tasks])
    order = {oid: at for at, oid in enumerate(graph)}
    lists = [sorted(ancestry(graph, task.tip), key=order.__getitem__) for task in tasks]
    judged = Signatures(ctx.repo).judge([oid for oids in lists for oid in oids])
    for task, oids in zip(tasks, lists, strict=True):
        unreadable = Judged(task.tip, task.author, task.updated, "", UNREADABLE)
        events = sum(len(graph[oid].parents) < 2 for oid in oids)  # no event is in a join
        yield Verified(task, list(islice(judged, events)) if oids else [unreadable])


def all_tasks(ctx: Context) -> tuple[list[Task], list[DamagedTask]]:
    """Those that can be read, and why the others cannot."""
    found = list(list_tasks(ctx.repo))
    good = [task for task in found if isinstance(task, Task)]
    return good, [task for task in found if isinstance(task, DamagedTask)]
