"""Tasks as refs: listed in bulk, appended to by compare-and-swap.

A commit on a task's ref holds one event and the snapshot after it; its message is for
people. A writer reads the tip, decides in its sight, writes the commits, and moves the ref
if it still is what was read; else it reads again. Nothing is locked.

What only a writer needs (the kinds of events, the codec) is imported when one writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from git_phc.errors import DamagedTask, LostRace, NewerVersion, PhcError
from git_phc.git.objects import Reader, Writer, read_many
from git_phc.git.refs import Move, list_refs, read_ref
from git_phc.git.repo import Repo
from git_phc.host.clock import Clock
from git_phc.host.lock import in_turn
from git_phc.model.ids import TaskId
from git_phc.model.task import Task
from git_phc.store import layout
from git_phc.store.settled import settled

if TYPE_CHECKING:
    from git_phc.git.encoding import Entry
    from git_phc.model.event import Actor
    from git_phc.model.events.body import Body
    from git_phc.model.state import State
    from git_phc.model.text import Text
    from git_phc.store.drafts import Draft

Decide = Callable[[Task], "Sequence[Body]"]
RACES = 500  # lost races in a row before somebody must look
WAIT = 5.0  # seconds that a writer waits for its turn


def list_tasks(repo: Repo, *patterns: str) -> Iterator[Task | DamagedTask]:
    """Every task whose ref matches, or every one, and in its place an error for each that cannot
    be read.
    """
    for name, tip, body in read_bodies(repo, list(list_refs(repo, *(patterns or (layout.TASKS,))))):
        yield parse_task(name, tip, body)


def read_bodies(repo: Repo, refs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, bytes]]:
    """For each ref (its name, its object id) the task's name, the id, and its task.json as it
    stands there; b"" where there is none to read.
    """
    found = read_many(repo, (f"{oid}:{layout.TASK_FILE}" for _, oid in refs))
    for (ref, oid), blob in zip(refs, found, strict=True):
        yield ref.removeprefix(layout.TASKS), oid, blob.data if blob else b""


def read_titles(repo: Repo, names: Sequence[str]) -> dict[str, str]:
    """The titles of those of the tasks that are here and can be read."""
    tasks = list_tasks(repo, *(layout.TASKS + name for name in names)) if names else ()
    return {task.id: task.title for task in tasks if isinstance(task, Task)}


def read_task(repo: Repo, id: TaskId) -> Task:
    """One task as it is now. Raises DamagedTask."""
    return settled(repo, lambda: _read_task(repo, id))


def _read_task(repo: Repo, id: TaskId) -> Task:
    ref = layout.task_ref(id)
    tip = read_ref(repo, ref)
    if tip is None:
        raise damaged(id)
    ((name, _, body),) = read_bodies(repo, [(ref, tip)])
    task = parse_task(name, tip, body)
    if isinstance(task, DamagedTask):
        raise task
    return task


def read_moved(reader: Reader, task: Task) -> Task:
    """The task as it is now, by a kept reader where that can tell. Raises DamagedTask."""
    ref = layout.task_ref(task.id)
    if reader.is_at(ref, task.tip):
        return task
    tip = reader.find_or_none(ref)
    blob = reader.find_or_none(f"{tip.oid}:{layout.TASK_FILE}") if tip else None
    found = parse_task(task.id, tip.oid, blob.data) if tip and blob else None
    return found if isinstance(found, Task) else read_task(reader.repo, task.id)


def parse_task(name: str, tip: str, data: bytes) -> Task | DamagedTask:
    """The task whose task.json is `data`, which must be the one that its ref is named for."""
    body = parse_body(name, data)
    return damaged(name) if body is None else Task(body, tip)


def parse_body(name: str, data: bytes) -> Mapping[str, Any] | None:
    """The content of a task.json, None where it is not that of the task of this name."""
    try:
        body = json.loads(data)
        if isinstance(body, dict) and body.get("id") == name and "root" in body and "last" in body:
            return body
    except (ValueError, RecursionError):
        pass
    return None


def damaged(name: str) -> DamagedTask:
    """What stands in the place of a task that its ref does not hold."""
    return DamagedTask(
        f"the task {name[:12]} cannot be read: {layout.TASKS}{name} does not hold a task",
        "Nothing was changed. Look closer: git phc doctor",
    )


class Loaded(Struct, frozen=True):
    """A task's whole state, and where each file of its tree is."""

    task: Task
    state: State
    tree: Mapping[str, Entry]


Tell = Callable[[Mapping[str, Any], Mapping[str, Any]], None]
"""Hears of an event that was written: the task in short (`summary`), and the event."""


class Tasks(Struct, frozen=True):
    """Writes tasks, in the name of one actor. Keeps what it wrote last, for the next append.

    Attributes:
        reader: kept by whoever lives long, so that no look at a task that has not moved needs
            a process of its own.
    """

    repo: Repo
    writer: Writer
    actor: Actor
    clock: Clock
    redact: Callable[[str], str] = lambda text: text
    tell: Tell | None = None
    signs: bool = False
    reader: Reader | None = None
    _known: dict[TaskId, Loaded] = field(default_factory=dict)

    def create(
        self,
        bodies: Sequence[Body],
        then: Decide,
        texts: Mapping[str, bytes],
        moves: Callable[[Task], Sequence[Move]] = lambda _: (),
    ) -> Task:
        """A new task of these events, the root first, and of what `then` decides after them.

        `then` is asked when the task's id is known and no ref names it yet; `moves` are further
        refs that move in the same step, or none of them does.
        """
        from git_phc.model.state import State

        draft = self._draft(None, State(), {}, bodies, texts)
        for body in then(draft.task):
            draft.add(body)
        return self.adopt(draft, moves(draft.task))

    def append(
        self,
        id: TaskId,
        decide: Decide,
        texts: Mapping[str, bytes] | None = None,
        moves: Sequence[Move] = (),
    ) -> Task:
        """Appends what `decide` answers in sight of the task as it is; nothing for nothing.

        `moves` are further refs that move in the same step, or none of them does.

        `decide` is asked again after each lost race. Raises what it raises; DamagedTask;
        NewerVersion.
        """
        # In turn, since of two writers the quicker one would win again and again; right it is
        # by the compare-and-swap alone.
        turn = layout.writing_lock(self.repo, id)
        for _ in range(RACES):
            with in_turn(turn, WAIT):
                try:
                    return self._append_once(id, decide, texts or {}, moves)
                except LostRace:
                    self._known.pop(id, None)  # the next look is one at the very ref
                    self._step_aside()
        raise PhcError(
            f"the task {id.short} is being changed by others without a pause", "Try again"
        )

    def _append_once(
        self, id: TaskId, decide: Decide, texts: Mapping[str, bytes], moves: Sequence[Move]
    ) -> Task:
        draft = self.propose(id, decide, texts)
        return self.adopt(draft, moves) if draft else self.load(id).task

    def propose(
        self, id: TaskId, decide: Decide, texts: Mapping[str, bytes] | None = None
    ) -> Draft | None:
        """The commits of what `decide` answers in sight of the task as it is: they are stored,
        and no ref names them yet. None for no answer.
        """
        return self._propose(self.load(id), decide, texts)

    def propose_on(self, id: TaskId, tip: str, decide: Decide) -> Draft | None:
        """The same on top of a tip that is not the task's own here."""
        return self.propose_from(load(self.repo, id, tip), tip, decide)

    def propose_from(
        self,
        loaded: Loaded,
        here: str | None,
        decide: Decide,
        texts: Mapping[str, bytes] | None = None,
    ) -> Draft | None:
        """The same where it is read already; `here` is what its ref holds."""
        _must_be_known(loaded.task)
        draft = self._propose(loaded, decide, texts)
        if draft:
            draft.old = here
        return draft

    def _propose(
        self, loaded: Loaded, decide: Decide, texts: Mapping[str, bytes] | None
    ) -> Draft | None:
        bodies = decide(loaded.task)
        if not bodies:
            return None
        state, tree = loaded.state.copy(), dict(loaded.tree)
        return self._draft(loaded.task, state, tree, bodies, texts or {})

    def load(self, id: TaskId) -> Loaded:
        """The task as it is now, all of it."""
        return settled(self.repo, lambda: self._load(id))

    def _load(self, id: TaskId) -> Loaded:
        ref, known = layout.task_ref(id), self._known.get(id)
        if known is None or self.reader is None or not self.reader.is_at(ref, known.task.tip):
            tip = read_ref(self.repo, ref)
            if tip is None:
                raise damaged(id)
            if known is None or known.task.tip != tip:
                known = self._known[id] = load(self.repo, id, tip)
        _must_be_known(known.task)
        return known

    def _draft(
        self,
        task: Task | None,
        state: State,
        tree: dict[str, Entry],
        bodies: Sequence[Body],
        texts: Mapping[str, bytes],
    ) -> Draft:
        from git_phc.store.drafts import Draft

        draft = Draft(self, task, state, tree)
        draft.put_texts(texts)
        for body in bodies:
            draft.add(body)
        return draft

    def _step_aside(self) -> None:
        import random

        self.clock.sleep(random.uniform(0, 0.02))  # noqa: S311  (spreads writers, no secret)

    def adopt(
        self,
        draft: Draft,
        moves: Sequence[Move] = (),
        seen: Mapping[str, str | None] | None = None,
    ) -> Task:
        """Names what was proposed by the task's ref; `moves` go with it, and refs that only say
        what was `seen`. Raises LostRace.
        """
        from git_phc.git.housekeeping import publish

        task = draft.task
        move = Move(layout.task_ref(task.id), draft.old, task.tip)
        publish(self.repo, self.writer, [move, *moves], seen)
        self._known[task.id] = Loaded(task, draft.state, draft.tree)
        if self.tell:
            for event in draft.events:
                self.tell(summary(task), event)
        return task


def summary(task: Task) -> Mapping[str, Any]:
    """A task for those who hear of its events."""
    return {
        "id": task.id,
        "short": task.id.short,
        "title": task.title,
        "status": task.status,
        "mode": task.mode,
        "agent": task.agent,
    }


def _must_be_known(task: Task) -> None:
    from git_phc.model.event import VERSION

    if task.body.get("v", 0) > VERSION:
        raise NewerVersion(
            f"the task {task.id.short} was written by a newer version (v{task.body['v']})",
            "Update git phc; until then the task can be read, not changed",
        )


def load(repo: Repo, id: TaskId, tip: str) -> Loaded:
    """Reads a whole task, what is understood of it. Raises DamagedTask."""
    from git_phc.model import snapshot

    listing = repo.git("ls-tree", "-r", "-z", "--full-tree", tip, ok=())
    if not listing.ok:
        raise damaged(id)
    tree = dict(_tree_line(line) for line in listing.out.split(b"\0") if line)
    wanted = [path for path in tree if not path.startswith(f"{snapshot.TEXTS}/")]
    blobs = read_many(repo, (tree[path].oid for path in wanted))
    files = {path: blob.data for path, blob in zip(wanted, blobs, strict=True) if blob}
    task = parse_task(id, tip, files.get(snapshot.TASK, b""))
    if isinstance(task, DamagedTask) or len(files) != len(wanted):
        raise damaged(id)
    return Loaded(task, snapshot.state_from_files(files), tree)


def _tree_line(line: bytes) -> tuple[str, Entry]:
    from git_phc.git.encoding import Entry

    head, _, path = line.partition(b"\t")
    mode, _, oid = head.split(b" ")
    return path.decode(), Entry(int(mode, 8), oid.decode())


def whole_text(repo: Repo, task: Task, text: Text) -> str:
    """All of a text, from its file in the task's tree where it is a long one."""
    if not text.sha256:
        return text.head
    with Reader(repo) as reader:
        name = f"{task.tip}:{layout.TEXTS}/{text.sha256}"
        return reader.get(name).data.decode(errors="replace")
