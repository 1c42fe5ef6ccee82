"""What has happened to the tasks of a benchmark: the events of one, by how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from git_phc.model import decide
from git_phc.model.events.body import Body
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import text_from_string

HOST = "elsewhere"
# The two in a hundred that are not finished take turns at these.
UNFINISHED = ("ready", "waiting", "failed", "running", "cancelled", "queued")
OUTCOMES = {"done": "ready", "ready": "ready", "failed": "failed", "cancelled": "cancelled"}

Step = Callable[[Task], Sequence[Body]]


def status_of(number: int) -> str:
    """How the task of this number ends: 2 in 100 are not finished, the rest are done."""
    return UNFINISHED[number // 50 % len(UNFINISHED)] if number % 50 == 0 else "done"


def beginning(number: int, base: str) -> list[Body]:
    """The events before the task's first claim."""
    text, _ = text_from_string(
        f"Make part {number} of the house ready for winter.\n\n"
        "Look at every window, and say which ones let the wind in."
    )
    fields = {
        "title": f"Make part {number} of the house ready for winter",
        "mode": "worktree",
        "agent": "command",
        "autonomy": "ask",
        "base": base,
        "branch": f"phc/make-part-{number}-of-the-house",
        "command": ["true"],
    }
    return [Created(), Edited(fields), Messaged(text)]


def steps(status: str) -> Iterator[Step]:
    """What happens after the beginning, each decided in sight of the task as it is."""
    yield lambda task: [decide.claim(task, host=HOST, mode="worktree", holder_is_dead=False)]
    if status == "queued":
        return
    yield lambda task: decide.progress(task, _claim(task), "preparing")
    yield lambda task: decide.start_turn(task, _claim(task))
    yield lambda task: decide.progress(task, _claim(task), "running")
    if status in OUTCOMES:
        yield lambda task: decide.end_run(task, _claim(task), OUTCOMES[status], exit_code=0)
    elif status == "waiting":
        yield lambda task: decide.progress(task, _claim(task), "waiting", "may I paint it?")
    if status == "done":
        yield decide.finish


def _claim(task: Task) -> EventId:
    return EventId(task.run.id if task.run else "")
