"""Events on their way into a task's ref: encoded, written as commits, not yet named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from git_phc.git.encoding import BLOB, COMMIT, FILE, FOLDER, Entry, Signature, encode_commit
from git_phc.git.objects import Writer, put_tree
from git_phc.host.clock import seconds_from_rfc3339
from git_phc.model import snapshot
from git_phc.model.event import Event, make_event
from git_phc.model.events.body import Body
from git_phc.model.state import State
from git_phc.model.task import Task

if TYPE_CHECKING:
    from git_phc.store.tasks import Tasks


class Draft:
    """Events on their way: their commits are written, and no ref names them yet."""

    def __init__(
        self, tasks: Tasks, task: Task | None, state: State, tree: dict[str, Entry]
    ) -> None:
        self._tasks = tasks
        self._task = task
        self.old = task.tip if task else None
        self.state = state
        self.tree = tree
        self.events: list[Mapping[str, Any]] = []  # what was said, for those who hear of it

    @property
    def task(self) -> Task:
        if self._task is None:
            raise ValueError("a draft without an event is no task")
        return self._task

    def put_texts(self, texts: Mapping[str, bytes]) -> None:
        """Long texts, by their names, go into the tree with the next event."""
        for name, data in texts.items():
            self._put(f"{snapshot.TEXTS}/{name}", data)

    def add(self, body: Body) -> None:
        """Writes one more event and its commit."""
        tasks, known = self._tasks, self._task
        event = make_event(
            body,
            state=self.state,
            task=known.id if known else None,
            actor=tasks.actor,
            at=tasks.clock.now(),
            nonce=tasks.clock.nonce(),
        )
        if tasks.tell:
            self.events.append(json.loads(event.bytes))
        change = event.says()
        self.state.absorb(change)
        files = snapshot.files_of_change(event.task_id, self.state, change)
        for path, data in {**files, snapshot.EVENT: event.bytes}.items():
            self._put(path, data)
        task = Task(json.loads(files[snapshot.TASK]))
        parents = [known.tip] if known else []
        self._task = replace(task, tip=self._put_commit(event, task, parents))

    def _put(self, path: str, data: bytes) -> None:
        self.tree[path] = Entry(FILE, self._tasks.writer.put(BLOB, data))

    def _put_commit(self, event: Event, task: Task, parents: Sequence[str]) -> str:
        actor, seconds = event.actor, seconds_from_rfc3339(event.at)
        who = Signature(actor.name, actor.email, seconds)
        subject = self._tasks.redact(event.body.subject())
        message = f"{subject}\n\nPhc-Event: {event.body.TYPE}\nPhc-Status: {task.status}"
        tree = put_folders(self._tasks.writer, self.tree)
        if self._tasks.signs:
            from git_phc.git.signing import put_signed

            return put_signed(self._tasks.repo, self._tasks.writer, tree, parents, who, message)
        return self._tasks.writer.put(COMMIT, encode_commit(tree, parents, who, who, message))


def put_folders(writer: Writer, files: Mapping[str, Entry]) -> str:
    """Stores a tree of files one folder deep; git knows the folders that did not change."""
    top: dict[bytes, Entry] = {}
    folders: dict[str, dict[bytes, Entry]] = {}
    for path, entry in files.items():
        folder, slash, name = path.partition("/")
        if slash:
            folders.setdefault(folder, {})[name.encode()] = entry
        else:
            top[path.encode()] = entry
    for folder, entries in folders.items():
        top[folder.encode()] = Entry(FOLDER, put_tree(writer, entries))
    return put_tree(writer, top)
