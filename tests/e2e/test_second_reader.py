"""A second implementation of git reads what we write: it is git's format, and no habit of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from dulwich.notes import Notes
from dulwich.objects import Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from dulwich.object_store import BaseObjectStore

COMMIT = "echo a > a; git add a; git commit -qm 'add a'; echo more >> a; echo b > 'b ü'"


def reached(store: BaseObjectStore, oid: ObjectID, seen: set[ObjectID]) -> Iterator[ObjectID]:
    """The object and all that it names, each looked at closely: raises on any flaw."""
    if oid in seen:
        return
    seen.add(oid)
    found = store[oid]
    found.check()
    yield oid
    if isinstance(found, Commit):
        for one in (found.tree, *found.parents):
            yield from reached(store, one, seen)
    elif isinstance(found, Tree):
        for entry in found.items():
            yield from reached(store, entry.sha, seen)


@pytest.fixture
def worked(stage: Stage) -> Stage:
    """A task with a commit, a checkpoint with all kinds of work, and a diary."""
    task = stage.start(COMMIT)
    stage.ok("edit", task, "--label", "x", "--title", "ü\n\u202e title")
    stage.ok("done", task)
    return stage


def test_every_object_of_ours_is_whole_to_another_reader(worked: Stage) -> None:
    with Repo(str(worked.repo)) as repo:
        ours = {name: oid for name, oid in repo.get_refs().items() if name.find(b"/phc") > 0}
        kinds = {name.decode().split("/")[-2] for name in ours}
        assert {"tasks", "work", "runs", "notes"} <= kinds
        seen: set[ObjectID] = set()
        count = sum(1 for oid in ours.values() for _ in reached(repo.object_store, oid, seen))
    assert count > 40


def test_another_reader_finds_the_diary_and_the_notes(worked: Stage) -> None:
    (task,) = worked.ok("status", "-q", "--all").out.split()
    branch = worked.show(task)["branch"]
    with Repo(str(worked.repo)) as repo:
        refs = repo.get_refs()
        tip, head = (
            refs[Ref(f"refs/{n}".encode())] for n in (f"phc/tasks/{task}", f"heads/{branch}")
        )
        walked = [entry.commit for entry in repo.get_walker([tip], order="topo")]
        note = Notes(repo.object_store, repo.refs).get_note(head, notes_ref=Ref(b"refs/notes/phc"))
    assert walked[0].message.startswith(b"done\n")
    assert walked[-1].message.startswith(b"create\n")
    assert json.loads(note or b"")["task"] == task
