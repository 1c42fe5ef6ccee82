"""The Command Center: 200 tasks, nine live conversations of 100 lines a second in view."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import quantiles

from bench.lab import PROGRAM, Lab
from bench.make_tasks import make_tasks
from bench.measure import Figure
from bench.terminal import Terminal
from git_phc.git.loose import LooseWriter
from git_phc.git.repo import Repo
from git_phc.git.worktrees import resolve_commit
from git_phc.host.clock import Clock
from git_phc.host.lock import try_lock
from git_phc.model import decide
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.messaged import Messaged
from git_phc.model.ids import EventId
from git_phc.model.task import Task
from git_phc.model.text import text_from_string
from git_phc.store import layout
from git_phc.store.identity import actor_here
from git_phc.store.tasks import Tasks
from git_phc.store.transcripts import journal_file

LIVE, TASKS = 9, 200
LINES = 100  # a second, of each
SIZE = (300, 100)
LOOK = 5.0  # seconds
KEYS = 20


@dataclass(frozen=True)
class Seen:
    """What was measured: frames a second, milliseconds to answer a key, percent of a processor."""

    frames: float
    answer: float
    processor: float


def figures(lab: Lab) -> Iterator[Figure]:
    """Bounds are absolute; there is no yardstick. Of the answers, nine in ten are as quick."""
    for name, unit, most in (
        ("frames", "a second", 10.0),
        ("answer", "ms", 100.0),
        ("processor", "%", 60.0),
    ):
        ours = partial(_one, lab, name)
        yield Figure(f"center: {name}", ours, None, factor=0, extra=most, unit=unit, most=1)


def _one(lab: Lab, name: str) -> float:
    return float(getattr(_seen(lab), name))


@cache
def _seen(lab: Lab) -> Seen:
    path = lab.repository("center")
    repo = lab.opened(path)
    make_tasks(repo, TASKS - LIVE, by=50)
    (lab.folder / "state" / "git-phc").mkdir(parents=True)
    (lab.folder / "state" / "git-phc" / "center-grid").write_text("3x3")
    over = threading.Event()
    with ExitStack() as held:
        tasks = [_live(repo, held) for _ in range(LIVE)]
        journals = [journal_file(repo, task.run.id) for task in tasks if task.run]
        threading.Thread(target=_write, args=(journals, over), daemon=True).start()
        try:
            return _watch(lab, path)
        finally:
            over.set()


def _live(repo: Repo, held: ExitStack) -> Task:
    """A task that runs here as far as anybody can see, at the top of the list."""
    tasks = Tasks(repo, LooseWriter(repo), actor_here(repo), Clock())
    text, texts = text_from_string("Say very much")
    base = resolve_commit(repo, "HEAD") or ""
    fields = {"title": "Say very much", "mode": "worktree", "agent": "command", "base": base}
    bodies = [Created(), Edited({**fields, "autonomy": "ask", "pinned": True}), Messaged(text)]
    task = tasks.create(
        bodies,
        lambda now: [decide.claim(now, host="here", mode="worktree", holder_is_dead=False)],
        texts,
    )
    lock = try_lock(layout.live_lock(repo, task.id))
    if lock is None or task.run is None:
        raise RuntimeError("the task cannot be held")
    held.enter_context(lock)
    claim = EventId(task.run.id)
    for status in ("preparing", "running"):
        task = tasks.append(task.id, lambda now, s=status: decide.progress(now, claim, s))  # type: ignore[misc]
    journal_file(repo, claim).parent.mkdir(parents=True)
    return task


def _write(journals: Sequence[Path], over: threading.Event) -> None:
    """Writes to them all, until it is over."""
    number = 0
    with ExitStack() as opened:
        files = [opened.enter_context(path.open("a", buffering=1)) for path in journals]
        while not over.wait(10 / LINES):
            number += 1
            words = f"line {number} of what an agent has to say about the house in winter\n"
            record = json.dumps({"kind": "text", "stream": "agent", "text": words}) + "\n"
            for file in files:
                file.write(record * 10)


def _watch(lab: Lab, path: Path) -> Seen:
    env = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    env["XDG_STATE_HOME"] = str(lab.folder / "state")
    with Terminal([*PROGRAM, "center"], path, SIZE, env) as terminal:
        terminal.answer("", b"9")
        time.sleep(3)  # nine conversations have been read, and the list
        frames, spent, begin = terminal.frames(), terminal.seconds(), time.monotonic()
        time.sleep(LOOK)
        took = time.monotonic() - begin
        frames, spent = terminal.frames() - frames, terminal.seconds() - spent
        answers = []
        for number in range(KEYS):
            key = str((number + 1) % LIVE + 1)
            # the number of the cell that has the focus is drawn the other way round
            answers.append(terminal.answer(key, f"7m {key} ".encode()))
            time.sleep(0.13)
        return Seen(frames / took, quantiles(answers, n=10)[-1], 100 * spent / took)
