"""Objects in a room of their own: sent from there, placed when they are wanted, else gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.git.aside import Aside
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
    room = Aside(objects_folder(repo))
    room.add(objects_folder(repo) / "00" / ("0" * 38), b"left")
    (folder,) = objects_folder(repo).glob("tmp_objdir-phc-*")
    repo.git("prune", "--expire=1.hour.ago")
    assert folder.exists()
    os.utime(folder, (1, 1))
    repo.git("prune", "--expire=1.hour.ago")
    assert not folder.exists()
    room.__exit__()
