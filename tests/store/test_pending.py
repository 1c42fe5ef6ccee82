"""What is on its way is known after a kill and a prune, and of two that send one does."""

from __future__ import annotations

import subprocess
from multiprocessing import Barrier, Process, SimpleQueue

import pytest

from git_phc.errors import LostRace, PhcError
from git_phc.git.repo import Repo, open_repo
from git_phc.model.ids import TaskId
from git_phc.store import layout, pending
from tests.kit import MakeRepo

ID, OTHER = TaskId("k" * 32), TaskId("l" * 32)


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return open_repo(make_repo())


def commit(repo: Repo, *parents: str) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    return repo.text("commit-tree", *words, "-m", "sent", "HEAD^{tree}")


def test_what_is_on_its_way_is_known_until_it_is_forgotten(repo: Repo) -> None:
    tip = commit(repo)
    assert pending.noted(repo, ID) is None
    pending.note(repo, ID, tip)
    assert pending.noted(repo, ID) == tip
    assert pending.all_noted(repo) == {ID: tip}
    with pytest.raises(LostRace):
        pending.note(repo, ID, commit(repo, tip))
    assert pending.noted(repo, ID) == tip
    pending.forget(repo, ID)
    pending.forget(repo, ID)
    assert pending.all_noted(repo) == {}


def test_it_has_arrived_where_the_remote_has_built_on_it(repo: Repo) -> None:
    before = commit(repo)
    sent = commit(repo, before)
    after = commit(repo, sent)
    assert pending.has_arrived(repo, sent, sent)
    assert pending.has_arrived(repo, sent, after)
    assert not pending.has_arrived(repo, sent, before)
    assert not pending.has_arrived(repo, sent, None)


def test_what_was_pruned_and_not_brought_back_has_not_arrived(repo: Repo) -> None:
    kept = repo.text("rev-parse", "HEAD")
    sent = commit(repo, kept)
    pending.note(repo, ID, sent)
    pending.note(repo, OTHER, kept)
    subprocess.run(["git", "gc", "-q", "--prune=now"], cwd=repo.worktree, check=True)
    assert not pending.has_arrived(repo, sent, kept)
    assert pending.all_noted(repo) == {OTHER: kept}


def test_what_a_killed_writer_has_left_beside_is_no_task(repo: Repo) -> None:
    pending.note(repo, ID, repo.text("rev-parse", "HEAD"))
    layout.pending_file(repo, ID).with_name(f".{OTHER}.1a2b3c4d").write_text("half")
    assert list(pending.all_noted(repo)) == [ID]


def test_where_nothing_can_be_written_it_is_said(repo: Repo) -> None:
    layout.pending_folder(repo).parent.mkdir(exist_ok=True)
    layout.pending_folder(repo).write_text("no folder")
    with pytest.raises(PhcError, match="cannot be written to"):
        pending.note(repo, ID, "0" * 40)


def test_of_many_who_send_at_once_one_does(repo: Repo) -> None:
    start = Barrier(4)
    won: SimpleQueue[str] = SimpleQueue()
    names = [TaskId(letter * 32) for letter in "klmnopqrstuvwxyz"]

    def send(tip: str) -> None:
        for name in names:
            start.wait()
            try:
                pending.note(repo, name, tip)
            except LostRace:
                continue
            won.put(name)

    crew = [Process(target=send, args=(str(number) * 40,)) for number in range(4)]
    for process in crew:
        process.start()
    for process in crew:
        process.join()
    found = []
    while not won.empty():
        found.append(won.get())
    assert sorted(found) == names
