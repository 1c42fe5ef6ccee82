"""The thread that looks at the store, and tells the app what has changed.

It looks at what is in view ten times a second, and at the list of tasks twice: nothing but
refs and locks as long as nothing has moved. A context is made for each reading, since settings
and this clone's own name may come while it looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from textual.message import Message

from git_phc.center.bells import Bells
from git_phc.center.messages import News, Said, Told
from git_phc.center.tail import Tail
from git_phc.center.text import Line, styled
from git_phc.cli.asks import question_lines
from git_phc.cli.safe import one_line
from git_phc.errors import PhcError, in_words
from git_phc.git.refs import parse_refs, raw_refs
from git_phc.model.task import Task
from git_phc.services.context import Context
from git_phc.services.overview import Filter, Overview, Row, overview
from git_phc.services.seen import is_alive, runs_here
from git_phc.store import layout

BEAT = 0.1  # seconds between two looks at what is in view
AGAIN = 10.0  # seconds after which the list is read, whether or not a ref has moved
PATIENCE = 2.0  # seconds after which a screen that says nothing is told more all the same
LIST = 5  # beats between two looks at the list

Post = Callable[[Message], object]


class Eye:
    """Looks, until it is closed; `make_context` opens the repository anew."""

    def __init__(self, make_context: Callable[[], Context], post: Post) -> None:
        self._make, self._post = make_context, post
        self._lock = threading.Lock()
        self._view: Sequence[Row] = ()
        self._fresh: set[str] = set()
        self._tails: dict[str, Tail] = {}
        self._asked: dict[str, str] = {}
        self._pulse: object = None
        self._bells, self._heard = Bells(), ""
        self._trouble = ""
        self._running: Sequence[Task] = ()
        self._stored: Mapping[str, str] = {}  # what the ref of a task's transcripts holds
        self._closed, self._soon, self._taken = (threading.Event() for _ in range(3))
        self._awake = threading.Event()
        self._awake.set()
        self._thread = threading.Thread(target=self._drive, daemon=True, name="eye")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._awake.set()

    def rest(self) -> None:
        """The screen is lent: nothing is looked at until `wake`."""
        self._awake.clear()

    def wake(self, heard: str) -> None:
        """The screen is back; what has become of the task `heard` the user has seen."""
        self._heard = heard
        self._soon.set()
        self._awake.set()

    def watch(self, rows: Sequence[Row], fresh: Iterable[str]) -> None:
        """From now on these tasks are in view; of the `fresh` ones nothing is known any more."""
        with self._lock:
            self._view = tuple(rows)
            self._fresh.update(fresh)

    def look_now(self) -> None:
        """Something was done here: the list is looked at in the next beat."""
        self._soon.set()

    def taken(self) -> None:
        """What was posted last is on the screen; there may be more."""
        self._taken.set()

    def _drive(self) -> None:
        beat = 0
        while not self._closed.is_set():
            soon = self._soon.is_set()
            self._soon.clear()
            self._look(list_too=soon or beat % LIST == 0)
            beat += 1
            self._closed.wait(BEAT)
            self._awake.wait()

    def _look(self, *, list_too: bool) -> None:
        try:
            news = self._read(list_too=list_too)
            trouble = ""
        except (PhcError, OSError) as error:
            news, trouble = None, in_words(error)
        except Exception as error:  # noqa: BLE001  (an eye that closes would look like peace)
            news, trouble = None, f"a defect in this program, {type(error).__name__}: {error}"
        if trouble and trouble != self._trouble:  # told once, not ten times a second
            self._post(Told(trouble, bad=True))
        self._trouble = trouble
        if news and (news.rows is not None or news.said or news.asked):
            self._taken.clear()
            self._post(news)
            # A screen that is slow gets more at a time, and not a queue before its keys.
            self._taken.wait(PATIENCE)

    def _read(self, *, list_too: bool) -> News:
        ctx = self._make()
        heard, found = self._heard, None
        if list_too:
            self._heard, found = "", self._list(ctx)
        view = self._in_view()
        if found:
            now = {row.task.id: row for row in found.rows}
            view = [now.get(row.task.id, row) for row in view]
        news = News(said=self._said(ctx, view), asked=self._asks(ctx, view))
        if found:
            news.rows, news.away = found.rows, _away(found)
            news.rings, trouble = self._bells.look(ctx, found.rows, heard)
            if trouble:
                self._post(Told(trouble, bad=True))
        return news

    def _in_view(self) -> Sequence[Row]:
        """What is in view; of what has come into it anew, what was known is forgotten."""
        with self._lock:
            view, fresh = self._view, self._fresh
            self._fresh = set()
        ids = {str(row.task.id) for row in view} - fresh
        self._tails = {id: tail for id, tail in self._tails.items() if id in ids}
        self._asked = {id: ask for id, ask in self._asked.items() if id in ids}
        return view

    def _list(self, ctx: Context) -> Overview | None:
        """All tasks; None where they are as they were."""
        alive = [is_alive(ctx, task) for task in self._running]
        # A run elsewhere goes stale by time alone.
        moment = ctx.clock.monotonic() // AGAIN
        pulse = (raw_refs(ctx.repo, layout.TASKS, layout.RUNS), alive, moment)
        if pulse == self._pulse:
            return None
        refs = parse_refs(pulse[0])
        self._stored = {n.removeprefix(layout.RUNS): oid for n, oid in refs if layout.RUNS in n}
        found = overview(ctx, Filter())
        self._running = [row.task for row in found.rows if runs_here(ctx, row.task)]
        self._pulse = (pulse[0], [is_alive(ctx, task) for task in self._running], moment)
        return found

    def _said(self, ctx: Context, view: Sequence[Row]) -> Mapping[str, Said]:
        found = {}
        for row in view:
            tail = self._tails.setdefault(row.task.id, Tail())
            with suppress(FileNotFoundError):  # its run ends in this very moment
                if said := tail.look_or_tell(ctx, row.task, self._stored.get(row.task.id, "")):
                    found[str(row.task.id)] = said
        return found

    def _asks(self, ctx: Context, view: Sequence[Row]) -> Mapping[str, Sequence[Line]]:
        found: dict[str, Sequence[Line]] = {}
        for row in view:
            asks = row.task.waiting if row.status == "waiting" else []
            first = str(asks[0]["id"]) if asks else ""
            if self._asked.get(row.task.id) != first:
                self._asked[str(row.task.id)] = first
                found[row.task.id] = _question(ctx, row.task) if asks else ()
        return found


def _question(ctx: Context, task: Task) -> Sequence[Line]:
    """What a task asks; why that cannot be read is told in its place, and harms no other task."""
    try:
        return styled(question_lines(ctx, task, task.waiting[0]))
    except PhcError as error:
        return [(one_line(error.message), "red")]


def _away(found: Overview) -> str:
    counts = [f"{count} {name}" for name, count in sorted(found.hidden.items())]
    if found.damaged:
        counts.append(f"{len(found.damaged)} that cannot be read: git phc doctor")
    return ", ".join(counts)
