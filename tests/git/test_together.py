"""Objects that are put together are there when that has ended, and none is when it has failed."""

from __future__ import annotations

from itertools import count

import pytest

from git_phc.errors import PhcError
from git_phc.git.encoding import BLOB
from git_phc.git.loose import LooseWriter, objects_folder
from git_phc.git.objects import Reader
from git_phc.git.repo import Repo


def left(repo: Repo) -> list[str]:
    return [path.name for path in objects_folder(repo).glob("*/tmp_obj_*")]


def hashed(repo: Repo, content: bytes) -> str:
    return repo.git("hash-object", "--stdin", input=content).out.decode().strip()


def test_they_are_there_when_it_has_ended(repo: Repo, writer: LooseWriter) -> None:
    with writer.together():
        oids = [writer.put(BLOB, b"%d" % n) for n in range(9)]
        assert writer.put(BLOB, b"1") == oids[1]
        assert len(left(repo)) == 9
    with Reader(repo) as reader:
        assert [reader.get(oid).data for oid in oids] == [b"%d" % n for n in range(9)]
    assert left(repo) == []
    assert repo.git("fsck", "--strict").ok


def test_what_a_prune_takes_meanwhile_is_written_again(repo: Repo, writer: LooseWriter) -> None:
    with writer.together():
        oids = [writer.put(BLOB, b"%d" % n) for n in range(3)]
        assert left(repo)
        repo.git("prune", "--expire=now")
        assert left(repo) == []
    with Reader(repo) as reader:
        assert [reader.get(oid).data for oid in oids] == [b"0", b"1", b"2"]


def test_nothing_is_left_of_what_has_failed(repo: Repo, writer: LooseWriter) -> None:
    oid = hashed(repo, b"in vain")

    def fail() -> None:
        with writer.together():
            assert writer.put(BLOB, b"in vain") == oid
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert left(repo) == []
    with Reader(repo) as reader:
        assert reader.find(oid) is None
    assert writer.put(BLOB, b"after") == hashed(repo, b"after")


def test_a_disk_that_takes_nothing_is_one_sentence(repo: Repo, writer: LooseWriter) -> None:
    folder = objects_folder(repo)
    contents = (b"%d" % n for n in count())
    # One whose folder no other object of the repository has made.
    content = next(c for c in contents if not (folder / hashed(repo, c)[:2]).exists())
    (folder / hashed(repo, content)[:2]).write_text("no folder")
    with pytest.raises(PhcError, match="cannot be written to"), writer.together():
        writer.put(BLOB, content)
