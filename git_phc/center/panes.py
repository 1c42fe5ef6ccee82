"""The other sides of a task: its diff and its diary, read anew when the task has moved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from git_phc.center.eye import Post
from git_phc.center.messages import Pane
from git_phc.center.state import View
from git_phc.center.text import MOST, Line
from git_phc.cli.asks import COLOURS
from git_phc.cli.safe import one_line, safe
from git_phc.errors import PhcError, in_words
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.diff import diff
from git_phc.services.history import history
from git_phc.store.tasks import read_task

AGAIN = 3.0  # seconds after which the diff of a task that is at work is read anew
LARGEST = 2_000_000  # bytes of a diff that are looked at


class Panes:
    """Reads them in threads, one at a time for each."""

    def __init__(self, make_context: Callable[[], Context], post: Post) -> None:
        self._make, self._post = make_context, post
        self._read: dict[tuple[str, View], tuple[str, float]] = {}
        self._under_way: set[tuple[str, View]] = set()

    def want(self, task: Task, view: View) -> None:
        """This one is looked at: what is new of it is posted as `Pane`."""
        key = (str(task.id), view)
        tip, at = self._read.get(key, ("", 0.0))
        is_old = tip != task.tip or (task.is_open and time.monotonic() - at > AGAIN)
        if key not in self._under_way and is_old:
            self._under_way.add(key)
            self._read[key] = (task.tip, time.monotonic())
            threading.Thread(target=self._load, args=(task, view), daemon=True).start()

    def forget(self, id: str) -> None:
        """It is not in view any more."""
        for view in View:
            self._read.pop((id, view), None)

    def _load(self, task: Task, view: View) -> None:
        try:
            ctx = self._make()
            now = read_task(ctx.repo, task.id)
            lines = _diff(ctx, now) if view is View.DIFF else _log(ctx, now)
        except (PhcError, OSError) as error:
            lines = [(one_line(in_words(error)), "yellow")]
        self._under_way.discard((str(task.id), view))
        self._post(Pane(str(task.id), view, lines))


def _diff(ctx: Context, task: Task) -> Sequence[Line]:
    shown = diff(ctx, task, ["--color=never", "--patch-with-stat"])
    lines = safe(shown[:LARGEST].decode(errors="replace")).splitlines()
    found = [(line.expandtabs(4), _colour(line)) for line in lines[:MOST]]
    if len(lines) > MOST or len(shown) > LARGEST:
        found.append((f"… and more; all of it: git phc diff {task.id.short}", "dim"))
    return found or [("It has changed nothing yet", "dim")]


def _colour(line: str) -> str:
    if line.startswith(("diff ", "index ", "--- ", "+++ ")):
        return "dim" if line.startswith("index ") else "bold"
    return COLOURS.get(line[:1], "")


def _log(ctx: Context, task: Task) -> Sequence[Line]:
    found: list[Line] = []
    for entry in history(ctx, task):
        who = one_line(entry.who.rpartition(" <")[0] or entry.who)
        at = one_line(entry.at)[5:16].replace("T", " ")
        found.append((f"{at}  {who}: {one_line(entry.what)}", ""))
    return found[-MOST:]
