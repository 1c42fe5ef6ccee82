"""Objects in a room of their own: sent from there, placed when they are wanted, else gone."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from git_phc.errors import PhcError
from git_phc.git.aside import Aside, Room
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter, objects_folder
from git_phc.git.repo import Repo, open_repo
from tests.kit import MakeRepo


def files(repo: Repo) -> list[Path]:
    return sorted(path for path in objects_folder(repo).rglob("*") if path.is_file())


def is_read(repo: Repo, oid: str, aside: Aside | None = None) -> bool:
    return repo.git("cat-file", "-e", oid, env=aside.env if aside else None, ok=()).ok


@pytest.mark.parametrize("name", ["repo", "a:b", 'with "quotes" \\ and\nlines', "ü"])
def test_what_is_aside_is_read_by_who_is_told_of_it(make_repo: MakeRepo, name: str) -> None:
    repo = open_repo(make_repo(name))
    before, writer = files(repo), LooseWriter(repo)
    with writer.aside() as aside:
        oids = [writer.put(BLOB, bytes([n])) for n in range(3)] * 2
        assert [is_read(repo, oid) for oid in oids] == [False] * 6
        assert [is_read(repo, oid, aside) for oid in oids] == [True] * 6
        writer.place(aside)
        assert [is_read(repo, oid) for oid in oids] == [True] * 6
    assert len(files(repo)) == len(before) + 3
    assert is_read(repo, writer.put(BLOB, b"and then as ever"))


def test_what_was_not_wanted_is_gone(repo: Repo, writer: LooseWriter) -> None:
    before = files(repo)
    with writer.aside():
        writer.put(BLOB, b"made in vain")
    assert files(repo) == before


def test_what_was_taken_from_it_is_written_again(repo: Repo, writer: LooseWriter) -> None:
    with writer.aside() as aside:
        oid = writer.put(BLOB, b"and a prune comes by")
        for room in objects_folder(repo).glob("tmp_objdir-phc-*"):
            for path in room.rglob("*"):
                path.unlink() if path.is_file() else None
        writer.place(aside)
    assert is_read(repo, oid)


def test_what_a_kill_has_left_goes_with_gits_own_housekeeping(repo: Repo) -> None:
    room = Aside(Room(objects_folder(repo)))
    room.add(objects_folder(repo) / "00" / ("0" * 38), b"left")
    (folder,) = objects_folder(repo).glob("tmp_objdir-phc-*")
    repo.git("prune", "--expire=1.hour.ago")
    assert folder.exists()
    os.utime(folder, (1, 1))
    repo.git("prune", "--expire=1.hour.ago")
    assert not folder.exists()
    room.__exit__()


def test_one_room_is_used_again_and_goes_with_its_writer(repo: Repo) -> None:
    writer = LooseWriter(repo)
    rooms = set()
    for number in range(3):
        with writer.aside() as aside:
            oid = writer.put(BLOB, bytes([number]))
            assert is_read(repo, oid, aside)
            writer.place(aside)
        rooms |= set(objects_folder(repo).glob("tmp_objdir-phc-*"))
    assert len(rooms) == 1
    shutil.rmtree(rooms.pop())  # a prune
    with writer.aside() as aside:
        assert is_read(repo, writer.put(BLOB, b"and on"), aside)
    del aside, writer
    gc.collect()
    assert not list(objects_folder(repo).glob("tmp_objdir-phc-*"))


def test_what_is_synced_is_not_synced_again(repo: Repo, writer: LooseWriter, no_file: int) -> None:
    with writer.aside() as aside:
        oids = [writer.put(BLOB, bytes([n])) for n in range(3)]
        aside.sync()
        for _, file in aside._files.values():
            os.dup2(no_file, file)
        aside.sync()
        writer.place(aside)
    assert all(is_read(repo, oid) for oid in oids)


def test_a_disk_that_fails_is_told_of_and_nothing_is_placed(
    repo: Repo, writer: LooseWriter, no_file: int
) -> None:
    before = files(repo)
    with writer.aside() as aside:
        writer.put(BLOB, b"to a disk that fails")
        ((_, file),) = aside._files.values()
        os.dup2(no_file, file)
        aside.sync()
        with pytest.raises(PhcError, match="the repository cannot be written to"):
            writer.place(aside)
    assert files(repo) == before


@pytest.fixture
def no_file() -> Iterator[int]:
    """What cannot be synced."""
    ends = os.pipe()
    yield ends[1]
    for end in ends:
        os.close(end)
