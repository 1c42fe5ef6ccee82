"""A writer of tasks with a kept reader sees what others write; what stands needs no new git."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from git_phc.errors import DamagedTask
from git_phc.git.loose import LooseWriter
from git_phc.git.objects import Reader
from git_phc.git.repo import Repo, open_repo
from git_phc.host.clock import Clock
from git_phc.model.event import Actor
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.store import layout
from git_phc.store.tasks import Tasks, read_moved, read_task
from tests.kit import MakeRepo

ACTOR = Actor("Ada Tester", "ada@example.com", "0" * 16)
FIELDS = {"title": "One", "mode": "local", "agent": "fake", "autonomy": "ask"}


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return open_repo(make_repo())


@pytest.fixture
def reader(repo: Repo) -> Iterator[Reader]:
    with Reader(repo) as reader:
        yield reader


def writer(repo: Repo, reader: Reader | None = None) -> Tasks:
    return Tasks(repo, LooseWriter(repo), ACTOR, Clock(), reader=reader)


def test_what_others_append_is_seen_and_built_upon(repo: Repo, reader: Reader) -> None:
    mine, other = writer(repo, reader), writer(repo)
    task = mine.create([Created(), Edited(FIELDS)], lambda _: [], {})
    for number in range(3):
        told = other.append(task.id, lambda _, n=number: [Edited({"title": f"Told {n}"})])  # type: ignore[misc]
        if number == 1:
            repo.git("pack-refs", "--all", "--prune")
        assert mine.load(task.id).task.tip == told.tip
        assert mine.append(task.id, lambda now: [Edited({"model": now.title})]).title == told.title
    assert read_task(repo, task.id).cell("model") == "Told 2"


def test_a_task_that_has_gone_is_damage_also_where_a_tag_has_its_name(
    repo: Repo, reader: Reader
) -> None:
    mine = writer(repo, reader)
    task = mine.create([Created(), Edited(FIELDS)], lambda _: [], {})
    older = task.tip
    mine.append(task.id, lambda _: [Edited({"title": "Two"})])
    ref = layout.task_ref(task.id)
    repo.git("update-ref", f"refs/tags/{ref}", older)
    repo.git("update-ref", "-d", ref)
    with pytest.raises(DamagedTask):
        mine.load(task.id)


def test_nothing_is_appended_to_a_tag_in_the_place_of_a_task(repo: Repo, reader: Reader) -> None:
    mine = writer(repo, reader)
    task = mine.create([Created(), Edited(FIELDS)], lambda _: [], {})
    ref = layout.task_ref(task.id)
    repo.git("update-ref", f"refs/tags/{ref}", task.tip)
    repo.git("update-ref", "-d", ref)
    with pytest.raises(DamagedTask):
        mine.append(task.id, lambda _: [Edited({"title": "Two"})])


def test_whoever_waits_reads_what_has_moved(repo: Repo, reader: Reader) -> None:
    task = writer(repo).create([Created(), Edited(FIELDS)], lambda _: [], {})
    assert read_moved(reader, task) is task
    told = writer(repo).append(task.id, lambda _: [Edited({"title": "Two"})])
    found = read_moved(reader, task)
    assert (found.tip, found.title) == (told.tip, "Two")
    repo.git("update-ref", layout.task_ref(task.id), repo.text("rev-parse", "HEAD"))
    with pytest.raises(DamagedTask):
        read_moved(reader, task)


def test_a_task_that_stands_is_looked_at_without_a_process(
    repo: Repo, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = writer(repo, reader)
    task = mine.create([Created(), Edited(FIELDS)], lambda _: [], {})
    assert mine.load(task.id).task.tip == task.tip  # the reader's own process is here now
    monkeypatch.setenv("PATH", "/nowhere")
    assert mine.load(task.id).task.tip == task.tip
